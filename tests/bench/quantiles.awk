# "PHASE US" lines of bench_ack to one line a phase, in the order the phases came: how many, p50, p99,
# p99.9 and the worst in microseconds, how many were refused.
$2 == "refused" { refused[$1]++; next }
!($1 in n) { order[++phases] = $1 }
{ us[$1, n[$1]++] = $2 }
# In place by heaps: this awk need not have asort.
function sift(p, from, to,    child, value) {
    value = us[p, from]
    while ((child = 2 * from + 1) <= to) {
        if (child < to && us[p, child] + 0 < us[p, child + 1] + 0) child++
        if (value + 0 >= us[p, child] + 0) break
        us[p, from] = us[p, child]
        from = child
    }
    us[p, from] = value
}
function sort(p, count,    i, last) {
    for (i = int(count / 2) - 1; i >= 0; i--) sift(p, i, count - 1)
    for (i = count - 1; i > 0; i--) {
        last = us[p, i]; us[p, i] = us[p, 0]; us[p, 0] = last
        sift(p, 0, i - 1)
    }
}
function at(p, share,    i) {
    i = int(n[p] * share)
    return us[p, i < n[p] ? i : n[p] - 1]
}
END {
    for (i = 1; i <= phases; i++) {
        p = order[i]
        sort(p, n[p])
        printf "%-16s n %8d  p50 %7d  p99 %7d  p99.9 %7d  worst %7d us  refused %d\n", p, n[p],
            at(p, 0.5), at(p, 0.99), at(p, 0.999), us[p, n[p] - 1], refused[p]
    }
}
