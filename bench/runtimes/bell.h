/* A bell that one thread rings for another: how a thread outside waits for a job of a runtime that
 * offers no wait of its own. As yoke's wait, it looks for 5 microseconds before it sleeps. */
#ifndef RUNTIMES_BELL_H
#define RUNTIMES_BELL_H

#ifdef __cplusplus
extern "C" {
#endif

struct bell {
    unsigned state;
};

/* Both may be called once per ring. */
void bell_ring(struct bell *bell);
void bell_await(struct bell *bell);

#ifdef __cplusplus
}
#endif

#endif
