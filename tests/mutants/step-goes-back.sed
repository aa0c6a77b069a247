# decide_unit.c: A crew may report a step that lies behind.
s/if \(!step_may_follow\(assignment->step, step\)\)/if (!step_may_follow(assignment->step, step) \&\& step > assignment->step)/
