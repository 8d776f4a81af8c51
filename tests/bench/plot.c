/* What the benchmarks' pictures are drawn with: axes, pages, charts. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "plot/chart.h"
#include "plot/page.h"
#include "plot/scale.h"
#include "xml.h"

static struct scale fitted(bool logarithmic, double least, double most)
{
    struct scale scale = {.logarithmic = logarithmic, .start = 100, .end = 500};
    scale_fit(&scale, least, most, false);
    return scale;
}

static void check_ticks(const struct scale *scale, unsigned most, const char *expected)
{
    double ticks[TICKS_MAX];
    char found[512] = "", text[SCALE_TEXT_SIZE];
    unsigned count = scale_ticks(scale, most, ticks);
    for (unsigned i = 0; i < count; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", i ? ", " : "",
                 scale_text(ticks[i], scale->unit, text));
    cr_expect_str_eq(found, expected);
}

Test(plot, ticks_are_round, .timeout = 10)
{
    struct scale scale = fitted(false, 0, 1.93);
    check_ticks(&scale, 5, "0, 0.5, 1, 1.5, 2");
    scale = fitted(true, 1e-5, 0.9);
    scale.unit = UNIT_SECONDS;
    check_ticks(&scale, 8, "10 \xc2\xb5s, 100 \xc2\xb5s, 1 ms, 10 ms, 100 ms, 1 s");
    check_ticks(&scale, 3, "100 \xc2\xb5s, 10 ms, 1 s");
    scale = fitted(true, 0.3, 1.6);
    check_ticks(&scale, 6, "0.2, 0.5, 1, 2");
    scale = (struct scale){.logarithmic = true};
    scale_fit(&scale, 1e5, 1e9, true);
    check_ticks(&scale, 9, "1e5, 1e6, 1e7, 1e8, 1e9");
    scale = (struct scale){.whole = true};
    scale_fit(&scale, 1, 2, true);
    check_ticks(&scale, 10, "1, 2");
    scale_fit(&scale, 1, 16, true);
    check_ticks(&scale, 10, "2, 4, 6, 8, 10, 12, 14, 16");
    scale = fitted(false, 0, 1);
    scale.unit = UNIT_PERCENT;
    check_ticks(&scale, 6, "0 %, 20 %, 40 %, 60 %, 80 %, 100 %");
}

/* Never more than asked for by much, all inside, whatever the extent. */
Test(plot, ticks_fit_any_extent, .timeout = 10)
{
    for (double least = 1e-6; least < 1e3; least *= 7)
        for (double factor = 1; factor < 1e9; factor *= 3)
            for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
                struct scale scale = fitted(logarithmic, least, least * factor);
                double ticks[TICKS_MAX];
                unsigned count = scale_ticks(&scale, 6, ticks);
                cr_assert(count >= 1 && count <= 9, "%d: %u ticks from %g to %g", logarithmic,
                          count, scale.from, scale.to);
                for (unsigned i = 0; i < count; i++) {
                    double position = scale_position(&scale, ticks[i]);
                    cr_assert(position > 99.9 && position < 500.1, "%g", ticks[i]);
                }
                cr_assert(scale_position(&scale, least) >= 99.9);
                cr_assert(scale_position(&scale, least * factor) <= 500.1);
            }
}

Test(plot, zero_stands_apart, .timeout = 10)
{
    struct chart chart = {.x = {.logarithmic = true}, .y = {.logarithmic = true}};
    struct look look = {.name = "one"};
    chart_add(&chart, &look, (struct point){0, {1, 2, 3}});
    chart_add(&chart, &look, (struct point){1e12, {1, 2, 3}});
    chart_add(&chart, &look, (struct point){1e14, {1, 2, 3}});
    chart_fit(&chart);
    chart.x.start = 0, chart.x.end = 100;
    cr_expect_float_eq(scale_position(&chart.x, 0), 0, 1e-9);
    cr_expect_float_eq(scale_position(&chart.x, 1e14), 100, 1e-9);
    cr_expect_gt(scale_position(&chart.x, 1e12), 40);
    check_ticks(&chart.x, 6, "0, 1e12, 1e13, 1e14");
}

/* A whisker that is far too long ends at the edge; a median never does. */
Test(plot, long_whiskers_end_at_the_edge, .timeout = 10)
{
    struct chart chart = {.x = {.whole = true}, .y_most = 2.5};
    struct look look = {.name = "one"};
    chart_add(&chart, &look, (struct point){1, {1, 2, 40}});
    chart_fit(&chart);
    cr_expect_float_eq(chart.y.to, 2.5, 1e-9);
    chart_add(&chart, &look, (struct point){2, {1, 4, 40}});
    chart_fit(&chart);
    cr_expect_float_eq(chart.y.to, 4, 1e-9);
}

static const struct machine hostile = {
    .facts = 2,
    .fact = {{"command", "bench '--peer=</text><script>&\"' \xff\xc3"},
             {"processor", "a & b < c"}}};

Test(plot, texts_stay_texts, .timeout = 10)
{
    char *text = NULL;
    size_t length = 0;
    FILE *page = open_memstream(&text, &length);
    cr_assert(page);
    page_begin(page, 800, 400, "a <title> & more", "</svg>");
    page_text(page, "s", 1, 2, "%s", "1 < 2 & \xc3\xa9");
    page_marker(page, 3, true, 10, 20, "<b>\nmedian");
    page_end(page, &hostile, 800, 300);
    fclose(page);
    cr_expect_null(strstr(text, "<script"));
    cr_expect(strstr(text, "1 &lt; 2 &amp; \xc3\xa9<"));
    cr_expect(strstr(text, "--peer=&lt;/text&gt;&lt;script&gt;&amp;&quot;' ?\?<"), "%s", text);
    free(text);
}

/* A point stands where its value says, and its title has the numbers. */
Test(plot, points_stand_where_they_should, .timeout = 10)
{
    struct chart chart = {.x = {.whole = true}, .y = {.unit = UNIT_SECONDS}, .x_name = "workers"};
    struct look look = {.name = "yoke & co", .colour = 1};
    strcpy(chart.title, "Title");
    chart.y_name = "time";
    chart_add(&chart, &look, (struct point){1, {2, 4, 8}});
    chart_add(&chart, &look, (struct point){3, {1, 2, 3}});
    chart_fit(&chart);
    char *text = NULL;
    size_t length = 0;
    FILE *page = open_memstream(&text, &length);
    cr_assert(page);
    fputs("<svg>", page);
    chart_draw(&chart, page, 0, 0, 400, 300);
    fputs("</svg>", page);
    fclose(page);
    cr_expect(strstr(text, "yoke &amp; co\nworkers: 1\nmedian 4 s (2 s to 8 s)<"), "%s", text);
    const char *marker = strstr(text, "<path class=\"c1\" d=\"M");
    double xs[2], ys[2];
    int found = 0;
    for (; marker; marker = strstr(marker + 1, "<path class=\"c1\" d=\"M")) {
        double x, y;
        cr_assert_eq(sscanf(marker, "<path class=\"c1\" d=\"M%lf,%lf", &x, &y), 2);
        if (strstr(marker, "<title>") < strchr(marker, '\n') && found < 2)
            xs[found] = x, ys[found++] = y;
    }
    cr_assert_eq(found, 2);
    cr_expect_float_eq(xs[0], scale_position(&chart.x, 1), 0.06);
    cr_expect_float_eq(xs[1], scale_position(&chart.x, 3), 0.06);
    cr_expect_float_eq(ys[0], scale_position(&chart.y, 4), 0.06);
    cr_expect_float_eq(ys[1], scale_position(&chart.y, 2), 0.06);
    cr_expect_gt(ys[1], ys[0]); /* less is further down */
    free(text);
}

Test(plot, legends_break_lines, .timeout = 10)
{
    struct look looks[4] = {{"a name of some length", 0, false},
                            {"another one, as long", 1, true},
                            {"a third", 2, false},
                            {"a fourth", 3, true}};
    int one = legend_draw(looks, 4, NULL, 0, 0, 2000), many = legend_draw(looks, 4, NULL, 0, 0, 60);
    cr_expect_eq((many - one) % 3, 0);
    cr_expect_gt(many, one);
}
