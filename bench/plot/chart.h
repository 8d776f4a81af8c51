/* A chart: series of points with whiskers over two axes. */
#ifndef PLOT_CHART_H
#define PLOT_CHART_H

#include <stdbool.h>
#include <stdio.h>

#include "rounds/summary.h"
#include "scale.h"

enum { SERIES_MAX = 16, POINTS_MAX = 64 };

struct point {
    double x;
    struct summary y; /* the point is the median, the whiskers reach to least and most            */
};

/* How a series looks: alike in all charts of a page. */
struct look {
    char name[80];
    unsigned colour;
    bool hollow; /* with a dashed line                                                            */
};

struct series {
    struct look look;
    unsigned points;
    struct point point[POINTS_MAX];
};

struct chart {
    char title[96];
    const char *x_name, *y_name;
    struct scale x, y; /* kind and unit; chart_fit() finds the rest                          */
    double ideal_from; /* at x.from, and at x.to: the ends of a dashed line; both 0: none    */
    double ideal_to;   /*                                                                    */
    double y_most;     /* whiskers beyond end at the edge, so that one slow moment does not    */
                       /* flatten the chart; 0: none do                                      */
    double apart;      /* pixels between the series at the same x                            */
    unsigned series_count; /*                                                                    */
    struct series series[SERIES_MAX];
};

/* Adds a point to the series of that look. Nothing is added to a chart that is full. */
void chart_add(struct chart *chart, const struct look *look, struct point point);

/* Fits the axes around all points, of which there must be one, and the ends of `x` to the largest
 * and smallest x there is. */
void chart_fit(struct chart *chart);

/* Draws it into a rectangle, with its title above and the names of the axes. */
void chart_draw(struct chart *chart, FILE *page, int left, int top, int width, int height);

/* The legend: the looks in rows of this width. Returns its height; with `page` NULL nothing is
 * drawn. */
int legend_draw(const struct look *looks, unsigned count, FILE *page, int left, int top, int width);

#endif
