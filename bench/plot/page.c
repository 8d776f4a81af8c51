/* Writes the parts of an SVG page: text, lines, marks, heading and foot. See page.h. */
#include "page.h"

#include <stdarg.h>
#include <string.h>

/* The colours of Okabe and Ito, of which yellow is darkened on white, and the others in the dark
 * made lighter. */
static const char style[] =
    "text{font:12px sans-serif;fill:#222}.t{font-size:18px;font-weight:bold}.b{font-weight:bold}"
    ".s{font-size:11px;fill:#555}.m{text-anchor:middle}.e{text-anchor:end}.page{fill:#fff}"
    ".in{fill:#fff}.grid{stroke:#dfe3e7}.axis{stroke:#666}.ideal{stroke:#888;stroke-dasharray:6 4}"
    ".line{fill:none;stroke-width:1.8}.dashed{stroke-dasharray:5 4}.edge{stroke:#fff}"
    ".c0{stroke:#0072b2;fill:#0072b2}.c1{stroke:#d55e00;fill:#d55e00}"
    ".c2{stroke:#009e73;fill:#009e73}.c3{stroke:#cc79a7;fill:#cc79a7}"
    ".c4{stroke:#c78a00;fill:#c78a00}.c5{stroke:#56b4e9;fill:#56b4e9}"
    ".c6{stroke:#7f7f7f;fill:#7f7f7f}.c7{stroke:#5b3a9e;fill:#5b3a9e}"
    ".warning{font-weight:bold;fill:#c00000}"
    ".line.line{fill:none}.hollow.hollow{fill:#fff;stroke-width:1.6}"
    "@media(prefers-color-scheme:dark){text{fill:#e4e7ea}.s{fill:#a9b0b8}.page{fill:#16191d}"
    ".in{fill:#10151a}.grid{stroke:#333a42}.axis{stroke:#8d959d}.edge{stroke:#16191d}"
    ".c0{stroke:#4aa3df;fill:#4aa3df}.c1{stroke:#f5894a;fill:#f5894a}"
    ".c2{stroke:#2fc79a;fill:#2fc79a}.c3{stroke:#e3a2c8;fill:#e3a2c8}"
    ".c4{stroke:#f0b942;fill:#f0b942}.c5{stroke:#8fd3f7;fill:#8fd3f7}"
    ".c6{stroke:#a3a9af;fill:#a3a9af}.c7{stroke:#b39ae6;fill:#b39ae6}.hollow.hollow{fill:#16191d}"
    ".warning{fill:#ff7b72}}";

/* Texts may be cut off, or come from a command line: what is no UTF-8 would spoil the page. */
static int sequence_length(const char *text)
{
    unsigned char lead = (unsigned char)*text;
    int length = lead < 0x80   ? 1
                 : lead < 0xc2 ? 0
                 : lead < 0xe0 ? 2
                 : lead < 0xf0 ? 3
                 : lead < 0xf5 ? 4
                               : 0;
    for (int i = 1; i < length; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

void page_escape(FILE *page, const char *text)
{
    for (; *text; text++) {
        const char *entity = *text == '&'   ? "&amp;"
                             : *text == '<' ? "&lt;"
                             : *text == '>' ? "&gt;"
                             : *text == '"' ? "&quot;"
                                            : NULL;
        if (entity)
            fputs(entity, page);
        else if (((unsigned char)*text < ' ' && *text != '\n') || !sequence_length(text))
            fputc('?', page);
        else {
            int length = sequence_length(text);
            fwrite(text, 1, (size_t)length, page);
            text += length - 1;
        }
    }
}

int page_text_width(const char *text)
{
    int letters = 0;
    for (; *text; text++)
        letters += ((unsigned char)*text & 0xc0) != 0x80; /* UTF-8 */
    return letters * 13 / 2;
}

void page_text(FILE *page, const char *classes, double x, double y, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(page, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", classes, x, y);
    page_escape(page, text);
    fputs("</text>\n", page);
}

void page_line(FILE *page, const char *classes, double x1, double y1, double x2, double y2)
{
    fprintf(page, "<path class=\"%s\" d=\"M%.1f,%.1fL%.1f,%.1f\"/>\n", classes, x1, y1, x2, y2);
}

void page_marker(FILE *page, unsigned colour, bool hollow, double x, double y, const char *title)
{
    /* Circle, square, diamond, triangles: of equal weight to the eye. */
    static const char *const shapes[] = {"m-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
                                         "m-3.5,-3.5h7v7h-7z", "m0,-5l5,5l-5,5l-5,-5z",
                                         "m0,-4.6l4.6,8h-9.2z", "m0,4.6l4.6,-8h-9.2z"};
    const char *shape = shapes[colour % (sizeof shapes / sizeof *shapes)];
    fprintf(page, "<path class=\"c%u%s\" d=\"M%.1f,%.1f%s\"><title>", colour % COLOURS,
            hollow ? " hollow" : "", x, y, shape);
    page_escape(page, title);
    fputs("</title></path>\n", page);
}

static const char *warning;

void page_warn(const char *text)
{
    warning = text;
}

void page_begin(FILE *page, int width, int height, const char *title, const char *subtitle)
{
    fprintf(page,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\">\n<title>",
            width, height, width, height);
    page_escape(page, title);
    fprintf(page,
            "</title>\n<style>%s</style>\n<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n",
            style, width, height);
    page_text(page, "t", PAGE_MARGIN, 32, "%s", title);
    page_text(page, "s", PAGE_MARGIN, 52, "%s", subtitle);
    if (warning && *warning)
        page_text(page, "warning", PAGE_MARGIN, 14, "%s", warning);
}

/* ---- the machine ----------------------------------------------------------------------------- */

/* How much of the text fits a line: up to a space, if there is one. */
static int line_length(const char *text, int letters)
{
    int length = (int)strlen(text);
    if (length <= letters)
        return length;
    for (int end = letters; end > letters / 2; end--)
        if (text[end] == ' ')
            return end + 1;
    return letters;
}

/* Lines of facts; with `page` NULL they are only counted. A fact that is longer goes on below. */
static int print_machine(FILE *page, const struct machine *machine, int width, int top)
{
    int letters = (width - 2 * PAGE_MARGIN) / 6, lines = 0;
    char line[sizeof machine->fact->text + 64];
    for (unsigned i = 0; i < machine->facts; i++) {
        snprintf(line, sizeof line, "%s: %s", machine->fact[i].name, machine->fact[i].text);
        for (const char *rest = line; *rest; lines++) {
            int length = line_length(rest, letters);
            if (page)
                page_text(page, "s", PAGE_MARGIN, top + (lines + 1) * PAGE_LINE, "%.*s", length,
                          rest);
            rest += length;
        }
    }
    return lines;
}

int page_machine_height(const struct machine *machine, int width)
{
    return (print_machine(NULL, machine, width, 0) + 1) * PAGE_LINE;
}

void page_end(FILE *page, const struct machine *machine, int width, int top)
{
    page_line(page, "grid", PAGE_MARGIN, top, width - PAGE_MARGIN, top);
    print_machine(page, machine, width, top);
    fputs("</svg>\n", page);
}
