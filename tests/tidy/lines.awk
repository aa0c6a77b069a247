# One file at a time: its length and width, its first line, the functions it must not call.
function complain(text) { print FILENAME ":" FNR ": " text }

# Without strings and comments, as far as one line tells.
function code(line) {
    gsub(/\\./, "", line)
    gsub(/"[^"]*"/, "\"\"", line)
    sub(/\/\/.*/, "", line)
    gsub(/\/\*[^*]*\*\//, "", line)
    sub(/\/\*.*/, "", line)
    if (line ~ /^ ?\*/)
        return ""
    return line
}

FNR == 1 && FILENAME ~ /\.h$/ && !/^\/\*/ { complain("a header opens with what it is for") }
FNR == 651 && FILENAME ~ /\.[ch]$/ { complain("more than 650 lines") }
{
    wide = $0
    gsub(/[\200-\277]/, "", wide) # one column a character
    if (length(wide) > 100)
        complain("wider than 100 columns")
    if (/\t/ || / $/)
        complain("a tab, or a space at the end")
    line = code($0)
    if (line ~ /(^|[^A-Za-z0-9_.>])(strcpy|strcat|sprintf|vsprintf|atoi|atol|atoll|atof|strtok|gets|alloca|setjmp|longjmp) *\(/)
        complain("a banned function")
    if (FILENAME ~ /^dispatch\// && /detector = TEXT\("/)
        complain("who raises an alert has a row in alarm.def, deadline.def or detector.def")
    if (line ~ /^typedef struct/)
        complain("a typedef'd struct")
}
