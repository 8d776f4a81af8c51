# Turns a public header into a page of section 3, so that header and manual cannot drift:
#     awk -f lib/manual.awk -v page=yoke_server -v version=0.1.0 -v others="yoke_group ..." server.h
# Read twice: NAME lists the functions. Text is the comments that begin in the first column, before
# the declarations that follow them directly; what is set in further than a space stays as it is.

function escape(line) {
    gsub(/\\/, "\\e", line)
    if (line ~ /^[.']/)
        line = "\\&" line
    return line
}

function code_line(line) {
    line = escape(line)
    gsub(/-/, "\\-", line)
    print line
}

# ---- what is said ------------------------------------------------------------------------------

function end_example() {
    if (example)
        print ".EE"
    example = 0
}

function print_text(   i) {
    for (i = 1; i <= texts; i++) {
        if (text[i] == "") {
            end_example()
            print ".PP"
        } else if (text[i] ~ /^  /) {
            if (!example)
                print ".EX"
            example = 1
            code_line(text[i])
        } else {
            end_example()
            if (i > 1 && text[i] ~ /^(Errors|Cost|Memory)( of [^:]*)?:/)
                print ".PP"
            print escape(text[i])
        }
    }
    end_example()
    texts = 0
}

# The names that the lines of code declare, for the heading.
function declared(   i, name, names) {
    for (i = 1; i <= codes; i++) {
        name = code[i]
        if (name ~ /^#define/) {
            sub(/^#define +/, "", name)
            sub(/[ (].*/, "", name)
        } else if (name ~ /^[a-z].*yoke_[a-z0-9_]*\)?\(/ && match(name, /\(\*yoke_[a-z0-9_]*\)/))
            name = substr(name, RSTART + 2, RLENGTH - 3)
        else if (name ~ /^[a-z].*yoke_[a-z0-9_]*\(/ && match(name, /yoke_[a-z0-9_]*\(/))
            name = substr(name, RSTART, RLENGTH) ")"
        else if (name ~ /^(} yoke_[a-z0-9_]*|typedef [^()]* yoke_[a-z0-9_]*);/ && match(name, /yoke_[a-z0-9_]*;/))
            name = substr(name, RSTART, RLENGTH - 1)
        else
            continue
        names = names (names == "" ? "" : ", ") name
    }
    return names
}

function flush(   i) {
    if (codes) {
        print ".SS " (declared() == "" ? "Constants" : "\"" declared() "\"")
        print ".EX"
        for (i = 1; i <= codes; i++)
            code_line(code[i])
        print ".EE"
        if (texts)
            print ".PP"
    } else if (texts)
        print ".PP"
    print_text()
    codes = 0
}

function begin_page(   i, summary) {
    summary = text[1]
    sub(/[.:]$/, "", summary)
    sub(/\. .*/, "", summary)
    print ".\\\" Made from include/yoke/" header " by lib/manual.awk."
    print ".TH " page " 3 \"\" \"yoke " version "\" \"Yoke\""
    print ".nh" # names are looked for, and copied
    print ".ad l"
    print ".SH NAME"
    printf "%s", page
    for (i = 1; i <= functions; i++)
        printf ", %s", function_names[i]
    print " \\- " escape(summary)
    print ".SH SYNOPSIS"
    print ".EX"
    print "#include <yoke/" header ">"
    code_line("cc program.c $(pkg-config --cflags --libs " (header == "cluster.h" ? "yoke_cluster" : "yoke") ")")
    print ".EE"
    print ".SH DESCRIPTION"
    print_text()
}

# ---- what is read ------------------------------------------------------------------------------

FNR == 1 { pass++; header = FILENAME; sub(/.*\//, "", header) }

pass == 1 {
    if (/^[a-z].*yoke_[a-z0-9_]*\(/ && !/typedef/ && match($0, /yoke_[a-z0-9_]*\(/))
        function_names[++functions] = substr($0, RSTART, RLENGTH - 1)
    next
}

# What is for compilers alone.
/^#if(def __cplusplus|def __GNUC__| defined\(__GNUC__\))/ { skipping = 1 }
skipping { if (/^#endif/) skipping = 0; next }
/^#(include|endif)/ || /^#(ifndef|define) YOKE_[A-Z]*_H$/ { next }
/^ +;$/ { code[codes] = code[codes] ";"; next }
body { if (/^}/) body = 0; next }
/^{/ { body = 1; code[codes] = code[codes] ";"; next }

/^\/\* ---- / {
    flush()
    sub(/^\/\* -+ /, ""); sub(/ -+ \*\/$/, "")
    print ".SH \"" toupper($0) "\""
    next
}

/^\/\*/ { flush(); inside = 1 }
inside {
    ends = /\*\/$/
    sub(/ *\*\/$/, "")
    sub(/^(\/\*| \*) ?/, "")
    if (!ends || $0 != "")
        text[++texts] = $0
    if (ends) {
        inside = 0
        if (!begun++)
            begin_page()
    }
    next
}
/^$/ { flush(); next }
{ sub(/ +\\$/, " \\"); code[++codes] = $0 }

END {
    flush()
    print ".SH SEE ALSO"
    printf ".BR yoke (1)"
    count = split(others, other, " ")
    for (i = 1; i <= count; i++)
        if (other[i] != page)
            printf "%s", ",\n.BR " other[i] " (3)"
    print ""
}
