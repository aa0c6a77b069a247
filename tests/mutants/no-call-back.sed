# decide_call.c: An abandoned call is forgotten.
s/^    if \(abandoned\)$/    if (abandoned \&\& call->answered_ms)/
