# Turns what `yoke help` and `yoke help COMMAND` print into the page yoke(1), so that help and manual
# cannot drift. Before the help of each command stands a line "@ COMMAND".

function escape(line) {
    gsub(/\\/, "\\e", line)
    gsub(/-/, "\\-", line)
    if (line ~ /^[.']/)
        line = "\\&" line
    return line
}

function end_block() {
    if (block)
        print ".EE"
    block = 0
}

BEGIN {
    print ".\\\" Made from `yoke help` by apps/manual.awk."
    print ".TH yoke 1 \"\" \"yoke " version "\" \"Yoke\""
    print ".nh"
    print ".ad l"
    print ".SH NAME"
    print "yoke \\- sums and counts of primes on every core of the machine"
    heading = ".SH"
}

/^@ / {
    end_block()
    if (!commands++)
        print ".SH COMMANDS IN DETAIL"
    next
}

/^Usage: / {
    sub(/^Usage: /, "")
    if (commands)
        print ".SS \"" escape($0) "\""
    else
        print ".SH SYNOPSIS\n.B " escape($0) "\n.SH DESCRIPTION"
    fresh = 1
    next
}

/^$/ { end_block(); gap = !fresh; next }
{ fresh = 0 }

# Such as "Options:".
/^[A-Z][a-z]*:$/ {
    end_block()
    section = $0
    sub(/:$/, "", section)
    print commands ? ".PP\n.B " section : ".SH " toupper(section)
    gap = 0
    next
}

# An option or a variable, then what it does.
/^  (-[a-zA-Z], --|    --|[A-Z_]+  )/ {
    end_block()
    words = $0
    sub(/^ +/, "", words)
    split_at = match(words, /  +/)
    print ".TP"
    print ".B " escape(split_at ? substr(words, 1, split_at - 1) : words)
    if (split_at)
        print escape(substr(words, split_at + RLENGTH))
    entry = 1
    gap = 0
    next
}

/^              / && entry { sub(/^ +/, ""); print escape($0); next }

/^  / {
    if (!block)
        print gap ? ".PP\n.EX" : ".EX"
    block = 1
    gap = entry = 0
    print escape($0)
    next
}

{
    end_block()
    if (gap)
        print ".PP"
    gap = entry = 0
    print escape($0)
}

END {
    end_block()
    print ".SH SEE ALSO"
    print ".BR yoke_server (3),"
    print ".BR yoke_primes (3),"
    print ".BR lstopo (1)"
}
