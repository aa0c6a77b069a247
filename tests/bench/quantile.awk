# quantile.awk -v name=HISTOGRAM: p50, p99, p99.9 in ms out of a page of /metrics.
index($1, name "_bucket{le=") == 1 {
    split($1, part, "\"")
    n++
    le[n] = part[2]
    below[n] = $2
}
function at(q,    i) {
    for (i = 1; i <= n; i++)
        if (below[i] >= q * below[n])
            return le[i] == "+Inf" ? "more" : sprintf("%.2f", le[i] * 1000)
}
END {
    if (n)
        printf "p50_ms=%s p99_ms=%s p999_ms=%s n=%d\n", at(.5), at(.99), at(.999), below[n]
}
