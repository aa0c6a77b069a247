# A crew has reached its patient: to which hospital? What the patient needs and whether the hospital
# takes anybody first, then the minutes of the drive and of the wait there. H1 is a chest pain
# centre with an emergency department, H2 has only the latter.
cards on
after town.setup
00:00.000 open_incident card=abdominal at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=abdominal
00:05.000 regrade_incident I1 grade=3 reason=clinical by supervisor D9
        > incident_regraded I1 grade=3 reason=clinical
        > response_planned I1 plan=urgent slot_capabilities=1
00:10.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1
        > unit_ordered A1 at_ms=00:10.000 D3

# Nobody has reached the patient yet: nothing is advised.
00:11.000 propose_hospitals incident=I1,I1 hospital=H1,H2 drive_s=300,600 source=road,road by machine
        > 01:10.000 alert_raised W1 detector=unacknowledged level=orange I1 A1 U1 since_ms=00:10.000
        > 03:10.000 alert_raised W2 detector=turnout level=orange I1 A1 U1 since_ms=00:10.000
05:00.000 report_step A1 step=at_patient by crew D20 of U1
        > step_reached A1 step=at_patient at_ms=05:00.000 source=crew
        > 05:00.000 alert_cleared W1 verdict=resolved
        > 05:00.000 alert_cleared W2 verdict=resolved
05:01.000 propose_hospitals incident=I1,I1 hospital=H1,H2 drive_s=300,600 source=road,road by machine
        > hospital_advised I1 advised_need=1 advised_hospital=H1,H2 advised_drive_s=300,600 advised_source=road,road advised_wait_s=540,540 advised_why=soonest,farther

# The same again, a few seconds other, is no news.
05:02.000 propose_hospitals incident=I1,I1 hospital=H1,H2 drive_s=312,590 source=road,road by machine

# H1 goes on diversion, and the further one is advised; H1 stays in sight, with the reason.
06:00.000 set_hospital_status H1 status=divert by hospital D8 of H1
        > hospital_status_set H1 status=divert
06:01.000 propose_hospitals incident=I1,I1 hospital=H1,H2 drive_s=300,600 source=road,road by machine
        > hospital_advised I1 advised_need=1 advised_hospital=H2,H1 advised_drive_s=600,300 advised_source=road,road advised_wait_s=540,540 advised_why=nearer_diverts,diverts

# Then H2 closes: H1 is all there is.
07:00.000 set_hospital_status H2 status=closed by hospital D9 of H2
        > hospital_status_set H2 status=closed
07:01.000 propose_hospitals incident=I1,I1 hospital=H1,H2 drive_s=300,600 source=road,road by machine
        > hospital_advised I1 advised_need=1 advised_hospital=H1 advised_drive_s=300 advised_source=road advised_wait_s=540 advised_why=diverts

# Both take patients again, but crews wait long at H1, as it says itself.
08:00.000 set_hospital_status H1 status=open handover_wait_s=2400 by hospital D8 of H1
        > hospital_status_set H1 status=open handover_wait_s=2400
08:01.000 set_hospital_status H2 status=open by hospital D9 of H2
        > hospital_status_set H2 status=open
08:02.000 propose_hospitals incident=I1,I1 hospital=H1,H2 drive_s=300,600 source=road,road by machine
        > hospital_advised I1 advised_need=1 advised_hospital=H2,H1 advised_drive_s=600,300 advised_source=road,road advised_wait_s=540,2400 advised_why=nearer_waits,waits_longer

# The card of a heart: only H1 has what it needs, however long the wait.
09:00.000 describe_incident I1 card=chest-pain by D3
        > incident_described I1 card=chest-pain
09:01.000 propose_hospitals incident=I1,I1 hospital=H1,H2 drive_s=300,600 source=road,road by machine
        > hospital_advised I1 advised_need=2 advised_hospital=H1,H2 advised_drive_s=300,600 advised_source=road,road advised_wait_s=2400,540 advised_why=soonest,lacks

# The crew goes to H2 all the same; what it needs there is what the next may expect.
09:02.000 redirect_unit A1 H2 by crew D20 of U1
        > hospital_chosen A1 H2
09:03.000 report_step A1 step=left_scene by crew D20 of U1
        > step_reached A1 step=left_scene at_ms=09:03.000 source=crew
20:00.000 report_step A1 step=at_hospital by crew D20 of U1
        > step_reached A1 step=at_hospital at_ms=20:00.000 source=crew
        > 50:00.000 alert_raised W3 detector=long_handover level=yellow I1 A1 U1 since_ms=20:00.000
60:00.000 report_step A1 step=handed_over by crew D20 of U1
        > step_reached A1 step=handed_over at_ms=1:00:00.000 source=crew
        > 1:00:00.000 alert_cleared W3 verdict=resolved
60:01.000 report_step A1 step=completed by crew D20 of U1
        > step_reached A1 step=completed at_ms=1:00:01.000 source=crew
60:02.000 propose_hospitals incident=I1,I1 hospital=H1,H2 drive_s=300,600 source=road,road by machine

# A second patient: a crew stands at H2, and forty minutes were seen there. H1's word is an hour old.
60:03.000 open_incident card=abdominal at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I2 at_ms=1:00:03.000 owner=D3
        > incident_placed I2 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I2 card=abdominal
60:03.100 regrade_incident I2 grade=3 reason=clinical by supervisor D9
        > incident_regraded I2 grade=3 reason=clinical
        > response_planned I2 plan=urgent slot_capabilities=1
60:04.000 order_unit I2 U2 H2 by D3
        > unit_reserved A2 I2 U2
        > unit_ordered A2 at_ms=1:00:04.000 D3
        > hospital_chosen A2 H2
60:05.000 order_unit I2 U3 by D3
        > unit_reserved A3 I2 U3 slot=65535
        > unit_ordered A3 at_ms=1:00:05.000 D3
61:00.000 report_step A2 step=at_hospital by D3
        > step_reached A2 step=at_hospital at_ms=1:01:00.000 source=dispatcher
61:01.000 report_step A3 step=at_scene by D3
        > step_reached A3 step=at_scene at_ms=1:01:01.000 source=dispatcher
69:00.000 propose_hospitals incident=I2,I2 hospital=H1,H2 drive_s=900,600 source=road,crow by machine
        > hospital_advised I2 advised_need=1 advised_hospital=H1,H2 advised_drive_s=900,600 advised_source=road,crow advised_wait_s=628,1701 advised_why=nearer_waits,waits_longer

# Columns that do not fit, and weights of yesterday.
69:01.000 propose_hospitals incident=I2,I2 hospital=H1 drive_s=900,600 source=road,road by machine
        > refused bad_value
69:02.000 activate_weights epoch=4 hash=abcd by machine
        > weights_activated epoch=4 hash=abcd
69:03.000 propose_hospitals weights_epoch=3 incident=I2 hospital=H1 drive_s=900 source=road by machine
        > refused old_weights

# Closed, it is advised nothing any more.
69:04.000 report_step A3 step=completed by D3
        > step_reached A3 step=completed at_ms=1:09:04.000 source=dispatcher
69:05.000 report_step A2 step=completed by D3
        > step_reached A2 step=completed at_ms=1:09:05.000 source=dispatcher
69:06.000 close_incident I2 outcome=treated by D3
        > incident_closed I2 outcome=treated at_ms=1:09:06.000
        > card_reviewed I2 required=1,1301,1302,1303,1304,1305
