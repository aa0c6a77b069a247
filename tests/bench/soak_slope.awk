# soak_slope.awk FILE.csv: least squares of every column over the time after warm-up, a quarter of
# the run, and the end state.
BEGIN { FS = "," }
NR == 1 {
    for (i = 2; i <= NF; i++)
        name[i] = $i
    columns = NF
    next
}
{
    rows++
    for (i = 1; i <= NF; i++)
        cell[rows, i] = $i
}
END {
    first = int(rows / 4) + 1
    n = rows - first + 1
    for (row = first; row <= rows; row++)
        mean_s += cell[row, 1] / n
    printf "%d samples, %d s to %d s after warm-up\n", n, cell[first, 1], cell[rows, 1]
    for (i = 2; i <= columns; i++) {
        mean = above = below = 0
        for (row = first; row <= rows; row++)
            mean += cell[row, i] / n
        for (row = first; row <= rows; row++) {
            above += (cell[row, 1] - mean_s) * (cell[row, i] - mean)
            below += (cell[row, 1] - mean_s) ^ 2
        }
        printf "%-16s first %.0f, after warm-up %.0f, end %.0f, slope %.1f an hour\n", name[i],
            cell[1, i], cell[first, i], cell[rows, i], below ? above / below * 3600 : 0
    }
}
