# Every header is reached from some test: included by it, by a header it includes, or by the C files
# that implement one of those (x.h stands for x.c and x_*.c; core/core.h for all of core), or it
# belongs to a program that a test starts.
function stem(file) { sub(/\.[ch]$/, "", file); return file }

function reach(file) {
    if (file in reached)
        return
    reached[file] = 1
    queue[++last] = file
}

function implements(source, header) {
    if (stem(source) == stem(header) || index(source, stem(header) "_") == 1)
        return 1
    n_parts = split(stem(header), part, "/")
    room = part[n_parts] == part[n_parts - 1] ? substr(header, 1, length(header) - length(part[n_parts]) - 2) : ""
    return room != "" && index(source, room) == 1
}

FNR == 1 { files[FILENAME] = 1; if (FILENAME ~ /^tests\//) roots[FILENAME] = 1 }
/^#include "/ { name = $2; gsub(/"/, "", name); includes[FILENAME] = includes[FILENAME] " " name }

END {
    for (file in roots)
        reach(file)
    n = split(programs, list, " ")
    for (i = 1; i <= n; i++)
        reach(list[i])
    for (at = 1; at <= last; at++) {
        n = split(includes[queue[at]], list, " ")
        for (i = 1; i <= n; i++)
            reach(list[i])
        if (queue[at] !~ /\.h$/)
            continue
        for (file in files)
            if (file ~ /\.c$/ && implements(file, queue[at]))
                reach(file)
    }
    for (file in files)
        if (file ~ /\.h$/ && !(file in reached))
            print file ":1: no test comes to this header"
}
