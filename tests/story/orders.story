# Sending units: following the offer, overriding it, redirecting, diverting, cancelling, refusing.
cards on
after town.setup
00:00.000 open_incident card=chest-pain at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=chest-pain
00:01.000 answer_question I1 question=1 answer=unknown by D3
        > question_answered I1 question=1 answer=unknown cards_hash=demo
        > incident_graded I1 grade=2 determinant=universal.4-consciousness-unknown provisional cards_hash=demo
        > response_planned I1 plan=emergency slot_capabilities=1
00:02.000 propose incident=I1,I1 unit=U1,U2 eta_s=300,240 source=road,road age_s=3,5 by machine
        > recommended I1 slot_unit=U2 slot_eta_s=240 slot_why=nearest_by_road row_unit=U2,U1 row_eta_s=240,300 row_source=road,road row_age_s=5,3 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=336,420 slot_over=U1 slot_term=nearer slot_term_s=60 slot_first_pct=69
00:05.000 order_unit I1 U2 eta_s=240 source=road by D3
        > unit_reserved A1 I1 U2 eta_s=240 source=road
        > unit_ordered A1 at_ms=00:05.000 D3
00:06.000 explain_override A1 reason=better_unit by D3
        > refused override_not_needed

# Another than the offered one: an override, explained afterwards.
00:10.000 open_incident card=chest-pain at=39.0160,106.3700 source=map zone=Z1 by D3
        > incident_opened I2 at_ms=00:10.000 owner=D3
        > incident_placed I2 at=39.0160000,106.3700000 source=map zone=Z1
        > incident_described I2 card=chest-pain
00:11.000 answer_question I2 question=1 answer=unknown by D3
        > question_answered I2 question=1 answer=unknown cards_hash=demo
        > incident_graded I2 grade=2 determinant=universal.4-consciousness-unknown provisional cards_hash=demo
        > response_planned I2 plan=emergency slot_capabilities=1
00:12.000 propose incident=I2,I2 unit=U1,U3 eta_s=300,900 source=road,road age_s=3,5 by machine
        > recommended I1
        > recommended I2 slot_unit=U1 slot_eta_s=300 slot_why=nearest_by_road row_unit=U1,U3 row_eta_s=300,900 row_source=road,road row_age_s=3,5 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=420,1260 slot_over=U3 slot_term=nearer slot_term_s=600 slot_term2=in_time slot_term2_s=120 slot_first_pct=98
00:13.000 order_unit I2 U3 eta_s=900 source=road H1 by D3
        > unit_reserved A2 I2 U3 eta_s=900 source=road override
        > unit_ordered A2 at_ms=00:13.000 D3
        > hospital_chosen A2 H1
00:14.000 explain_override A2 by D3
        > refused needs_reason
00:15.000 explain_override A2 reason=local_knowledge by D3
        > override_explained A2 reason=local_knowledge

# Not every unit can be sent, not everything can be named.
00:20.000 order_unit I1 U2 by D3
        > refused unit_here
00:20.000 order_unit I2 U2 by D3
        > refused unit_busy
00:20.000 order_unit I1 U9 by D3
        > refused no_unit
00:20.000 order_unit I9 U1 by D3
        > refused no_incident
00:20.000 order_unit I1 U1 H9 by D3
        > refused no_hospital
00:20.000 set_duty U4 duty=meal by D3
        > duty_set U4 duty=meal crew=2
00:20.000 order_unit I1 U4 by D3
        > refused unit_off_duty
00:20.000 explain_override A9 reason=other by D3
        > refused no_assignment
00:20.000 order_unit I1 U1 at_ms=30:00.000 by D3
        > refused bad_time

# The hospital changes on the way.
00:30.000 redirect_unit A2 H2 by D3
        > hospital_chosen A2 H2
00:31.000 redirect_unit A2 H9 by D3
        > refused no_hospital

# A child does not breathe: U2 is on its way to less, and is nearest.
01:00.000 open_incident complaint="孩子没有呼吸" card=child at=39.0155,106.3710 source=map zone=Z1 by D3
        > incident_opened I3 at_ms=01:00.000 owner=D3
        > incident_placed I3 at=39.0155000,106.3710000 source=map zone=Z1
        > incident_described I3 complaint=孩子没有呼吸 card=child
01:01.000 report_step A1 step=departed by crew D21 of U2
        > step_reached A1 step=departed at_ms=01:01.000 source=crew
01:02.000 divert_unit I3 U2 eta_s=60 source=road by D3
        > refused needs_reason
01:03.000 divert_unit I3 U2 eta_s=60 source=road reason=more_urgent by D3
        > step_reached A1 step=diverted at_ms=01:03.000 source=dispatcher reason=more_urgent
        > unit_reserved A3 I3 U2 slot=65535 eta_s=60 source=road reason=more_urgent
        > unit_ordered A3 at_ms=01:03.000 D3
01:04.000 divert_unit I1 U1 reason=more_urgent by D3
        > refused not_ordered
01:05.000 divert_unit I1 U3 reason=more_urgent at_ms=30:00.000 by D3
        > refused bad_time
        > 01:13.000 alert_raised W1 detector=unacknowledged level=orange I2 A2 U3 since_ms=00:13.000
        > 02:00.000 alert_raised W2 detector=ungraded level=orange I3 since_ms=01:00.000

# With a patient aboard nobody is diverted, and nobody from the scene.
02:00.000 report_step A3 step=at_scene by crew D21 of U2
        > step_reached A3 step=at_scene at_ms=02:00.000 source=crew
02:01.000 divert_unit I1 U2 reason=more_urgent by D3
        > refused not_where
02:02.000 report_step A3 step=left_scene by crew D21 of U2
        > step_reached A3 step=left_scene at_ms=02:02.000 source=crew
02:03.000 divert_unit I1 U2 reason=more_urgent by D3
        > refused unit_has_patient
        > 02:33.000 alert_raised W3 detector=unassigned level=red I1 since_ms=01:03.000

# U2 is soon free: reserved as next for the first, it goes out when the task ends.
03:00.000 reserve_unit I1 U2 eta_s=600 source=road by D3
        > unit_reserved A4 I1 U2 eta_s=600 source=road
        > 03:00.000 alert_cleared W3 verdict=resolved
03:01.000 reserve_unit I2 U2 by D3
        > refused unit_reserved
03:02.000 divert_unit I2 U2 reason=more_urgent by D3
        > refused unit_has_patient
03:03.000 send_order A4 by D3
        > refused unit_busy
03:05.000 report_step A3 step=at_hospital by crew D21 of U2
        > step_reached A3 step=at_hospital at_ms=03:05.000 source=crew
03:06.000 redirect_unit A3 H1 by D3
        > hospital_chosen A3 H1
03:07.000 redirect_unit A3 H1 by D3
        > refused not_where
        > 03:13.000 alert_raised W4 detector=turnout level=orange I2 A2 U3 since_ms=00:13.000
03:30.000 report_step A3 step=completed by crew D21 of U2
        > step_reached A3 step=completed at_ms=03:30.000 source=crew
        > unit_ordered A4 at_ms=03:30.000

# Reserved beforehand, sent by hand; reserved and given up.
04:00.000 open_incident words="转运" by D3
        > incident_opened I4 at_ms=04:00.000 owner=D3
        > incident_placed I4 words=转运
        > incident_described I4
04:01.000 reserve_unit I4 U1 by D3
        > unit_reserved A5 I4 U1 slot=65535
04:02.000 reserve_unit I3 U1 by D3
        > refused unit_reserved
04:03.000 order_unit I3 U1 by D3
        > refused unit_reserved
04:04.000 report_step A5 step=departed by D3
        > refused not_ordered
04:05.000 deliver_order A5 by gateway
        > refused not_ordered
04:06.000 divert_unit I3 U1 reason=more_urgent by D3
        > refused not_ordered
04:07.000 send_order A5 by D3
        > unit_ordered A5 at_ms=04:07.000 D3
04:08.000 send_order A5 by D3
        > refused not_reserved
04:09.000 refuse_order A5 by crew D20 of U1
        > refused needs_reason
04:10.000 refuse_order A5 reason=vehicle_fault by crew D20 of U1
        > step_reached A5 step=refused at_ms=04:10.000 source=crew reason=vehicle_fault
04:11.000 refuse_order A5 reason=vehicle_fault by crew D20 of U1
        > refused assignment_over
04:12.000 refuse_order A2 reason=vehicle_fault by crew D20 of U1
        > refused not_yours
04:20.000 reserve_unit I4 U1 by D3
        > unit_reserved A6 I4 U1 slot=65535
04:21.000 cancel_assignment A6 by D3
        > refused needs_reason
04:22.000 cancel_assignment A6 reason=caller_cancelled by D3
        > step_reached A6 step=cancelled at_ms=04:22.000 source=dispatcher reason=caller_cancelled
04:23.000 reserve_unit I4 U4 by D3
        > refused unit_off_duty
        > 04:30.000 alert_raised W5 detector=unacknowledged level=orange I1 A4 U2 since_ms=03:30.000

# At the scene it is too late to cancel or refuse.
04:30.000 report_step A4 step=at_scene by D3
        > step_reached A4 step=at_scene at_ms=04:30.000 source=dispatcher
        > 04:30.000 alert_cleared W5 verdict=resolved
04:31.000 cancel_assignment A4 reason=other by D3
        > refused not_where
04:32.000 refuse_order A4 reason=other by D3
        > refused not_where
