/* Writes a picture as an SVG page that needs nothing else, readable in light and dark. Whole pages
 * have a heading at the top and the machine at the bottom. */
#ifndef PLOT_PAGE_H
#define PLOT_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include "rounds/machine.h"

/* In pixels: what a page keeps free at its sides, and the height of a line of text. */
enum { PAGE_MARGIN = 24, PAGE_LINE = 17, PAGE_HEADING = 62 };

/* Colours that also the colour-blind tell apart; a shape goes with each. */
enum { COLOURS = 8 };

/* What stands in the heading of all pages to come, so that nobody misses it; NULL or "": nothing.
 * The text is the caller's. */
void page_warn(const char *text);

/* Begins a page; what follows is drawn below PAGE_HEADING. */
void page_begin(FILE *page, int width, int height, const char *title, const char *subtitle);

/* How many pixels the description of the machine takes, and the description from `top` on. */
int page_machine_height(const struct machine *machine, int width);
void page_end(FILE *page, const struct machine *machine, int width, int top);

/* A text, as printf would write it, with a class of the style: "" plain, "s" small and soft, "b"
 * bold; and "m" centred or "e" ending at x. */
void page_text(FILE *page, const char *classes, double x, double y, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The text as it must stand between tags or in quotes. */
void page_escape(FILE *page, const char *text);

/* About how wide the text is. */
int page_text_width(const char *text);

void page_line(FILE *page, const char *classes, double x1, double y1, double x2, double y2);

/* The shape of a colour, 0 ... COLOURS - 1, around a point; hollow, or filled. `title`
 * is shown where the pointer rests. */
void page_marker(FILE *page, unsigned colour, bool hollow, double x, double y, const char *title);

#endif
