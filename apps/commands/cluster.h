/* The commands of yoke that are a program of their own, yoke_cluster: it alone needs NATS. */
#ifndef COMMANDS_CLUSTER_H
#define COMMANDS_CLUSTER_H

/* Becomes the yoke_cluster that lies beside this program, with these words. Returns only after a
 * report, the exit status, when there is none. */
int cluster_become(char **words);

#endif
