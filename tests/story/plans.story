# A plan runs: started for an alert, an incident or a forecast, its steps taken, finished or skipped by
# name, a late step rings, and it ends when all is done or with a reason.
after town.setup
00:00.000 open_incident words="高速 K1180" by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words="高速 K1180"
        > incident_described I1
00:01.000 raise_alert detector=place level=orange syndrome=gas plan=gas-poisoning words="同一楼三例" by machine
        > alert_raised W1 detector=place level=orange since_ms=00:01.000 words=同一楼三例 syndrome=gas plan=gas-poisoning

# What a plan asks for is filled in by the server; without a plan of that name there is nothing.
00:02.000 start_plan plan=no-such-plan W1 by D3
        > refused no_plan
00:02.000 start_plan plan=gas-poisoning W1 edition=2026-11 step_due_s=60 step_role=dispatcher,supervisor by D3
        > refused no_plan
00:02.000 start_plan plan=gas-poisoning W1 edition=2026-11 step_due_s=60 step_role=none by D3
        > refused bad_value
00:02.000 start_plan plan=gas-poisoning W1 edition=2026-11 step_due_s=99999999 step_role=expert by D3
        > refused bad_value
00:02.000 start_plan plan=gas-poisoning W9 edition=2026-11 step_due_s=60 step_role=expert by D3
        > refused no_alert
00:02.000 start_plan plan=gas-poisoning I9 edition=2026-11 step_due_s=60 step_role=expert by D3
        > refused no_incident
00:02.000 start_plan plan=gas-poisoning W1 edition=2026-11 step_due_s=60 step_role=expert by crew D20 of U1
        > refused not_allowed
00:03.000 start_plan plan=gas-poisoning W1 edition=2026-11 step_due_s=60,120,600,900 step_role=dispatcher,supervisor,liaison,logistics by supervisor D9
        > plan_started L1 plan=gas-poisoning edition=2026-11 W1 D9 step_due_s=60,120,600,900 step_role=dispatcher,supervisor,liaison,logistics
00:04.000 start_plan plan=gas-poisoning W1 edition=2026-11 step_due_s=60 step_role=dispatcher by D3
        > refused plan_running
00:05.000 start_plan plan=road-mass-casualty I1 edition=2026-11 step_due_s=300 step_role=commander by D3
        > plan_started L2 plan=road-mass-casualty edition=2026-11 I1 D3 step_due_s=300 step_role=commander

# Steps.
00:10.000 take_step L1 number=1 by D3
        > step_taken L1 number=1 D3
00:11.000 take_step L1 number=1 by D3
        > refused already_owner
00:12.000 take_step L1 number=1 by D4
        > step_taken L1 number=1 D4
00:13.000 take_step L1 number=5 by D3
        > refused no_step
00:13.000 take_step L1 number=0 by D3
        > refused no_step
00:13.000 take_step L9 number=1 by D3
        > refused no_plan_run
00:20.000 finish_step L1 number=1 by D4
        > step_finished L1 number=1 D4
00:21.000 finish_step L1 number=1 by D4
        > refused step_over
00:22.000 take_step L1 number=1 by D4
        > refused step_over
        > 01:00.000 alert_raised W2 detector=ungraded level=orange I1 since_ms=00:00.000
        > 01:30.000 alert_raised W3 detector=unassigned level=red I1 since_ms=00:00.000
        > 03:03.000 alert_raised W4 detector=late_step level=orange since_ms=02:03.000 L1

# Step 2 was due at 2:03 and rings a minute later, once; step 3 is not late, so the alert clears with
# step 2 alone. It rings again when another is late.
03:10.000 skip_step L1 number=2 by D3
        > refused needs_reason
03:11.000 skip_step L1 number=2 reason=done_by_others by D3
        > step_skipped L1 number=2 reason=done_by_others D3
        > alert_cleared W4 verdict=resolved
03:12.000 skip_step L1 number=2 reason=done_by_others by D3
        > refused step_over
        > 06:05.000 alert_raised W5 detector=late_step level=orange I1 since_ms=05:05.000 L2
        > 11:03.000 alert_raised W6 detector=late_step level=orange since_ms=10:03.000 L1
11:30.000 end_plan L1 by supervisor D9
        > refused needs_reason
11:31.000 end_plan L1 reason=situation_over by supervisor D9
        > plan_ended L1 reason=situation_over D9
        > 11:31.000 alert_cleared W6 verdict=resolved
11:32.000 end_plan L1 reason=situation_over by supervisor D9
        > refused plan_over
11:33.000 finish_step L1 number=3 by D3
        > refused plan_over
11:40.000 finish_step L2 number=1 by D3
        > step_finished L2 number=1 D3
        > alert_cleared W5 verdict=resolved
11:41.000 end_plan L2 by D3
        > plan_ended L2 D3
11:42.000 clear_alert W1 verdict=true_alert by D3
        > alert_cleared W1 verdict=true_alert
11:43.000 start_plan plan=gas-poisoning W1 edition=2026-11 step_due_s=60 step_role=expert by D3
        > refused alert_over

# Without an alert and without an incident, as for a heat wave that is only forecast.
12:00.000 start_plan plan=heat-wave edition=2026-11 step_due_s=0 step_role=liaison by supervisor D9
        > plan_started L3 plan=heat-wave edition=2026-11 D9 step_due_s=0 step_role=liaison
12:01.000 finish_step L3 number=1 by supervisor D9
        > step_finished L3 number=1 D9
12:02.000 end_plan L3 by supervisor D9
        > plan_ended L3 D9

# What is told outside is on record, and how far the telling has come; no record that is not there yet.
12:03.000 tell_alert W1 told_seq=3 by machine
        > alert_told W1 told_seq=3
12:04.000 tell_alert told_seq=4 by machine
        > alert_told told_seq=4
12:05.000 tell_alert W1 told_seq=9999 by machine
        > refused bad_value
        > 24:03:11.000 alert_archived W4
        > 24:11:31.000 alert_archived W6
        > 24:11:31.000 plan_archived L1
        > 24:11:40.000 alert_archived W5
        > 24:11:41.000 plan_archived L2
        > 24:11:42.000 alert_archived W1
        > 24:12:02.000 plan_archived L3
25:00:00.000 wait
