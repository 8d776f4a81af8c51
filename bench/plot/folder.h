/* The folder that the pictures of a benchmark go to, and the page that shows them all. */
#ifndef PLOT_FOLDER_H
#define PLOT_FOLDER_H

#include <stdbool.h>
#include <stdio.h>

/* The names of all pages there are. */
#define PAGE_SPEED_UP "speed-up.svg"
#define PAGE_HEIGHTS  "heights.svg"
#define PAGE_WIDTHS   "widths.svg"
#define PAGE_BELOW    "below.svg"
#define PAGE_PHASES   "phases.svg"

/* How the options' help describes it. */
#define PLOT_HELP                                                                                  \
    "draw the results: SVG pages, and index.html with all\n"                                       \
    "of them, in DIR; the default is plots"

/* What the option's value means: without one "plots". */
const char *folder_name(const char *value);

/* Makes the folder where it is missing, and sees whether one may write there. Returns 0, or after a
 * report the exit status. */
int folder_make(const char *folder);

/* A file in it to write to. NULL after a report. */
FILE *folder_open(const char *folder, const char *name);

/* Closes the file. Returns 0, or after a report the exit status. */
int folder_close(const char *folder, const char *name, FILE *file);

/* Takes a page of an earlier run away, which would not belong to the others. */
void folder_remove(const char *folder, const char *name);

/* Writes index.html, which shows the pages that are there. Returns 0, or after a report the exit
 * status. */
int folder_write_index(const char *folder);

#endif
