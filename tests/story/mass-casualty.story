# A coach leaves the road: thirty patients, and never all to the nearest hospital. H1 (a trauma centre)
# is near, H2 further, H3 furthest.
policy mass_casualty.patients=10
cards on
after town.setup
00:00.000 define_hospital H1 code=H-1 name="市第一人民医院" capabilities=9 beds=400 at=39.0250,106.3900 by operator
        > hospital_defined H1 code=H-1 name=市第一人民医院 capabilities=9 beds=400 at=39.0250000,106.3900000
00:00.000 define_hospital H3 code=H-3 name="平罗县人民医院" capabilities=1 beds=150 at=38.9100,106.5400 by operator
        > hospital_defined H3 code=H-3 name=平罗县人民医院 capabilities=1 beds=150 at=38.9100000,106.5400000
00:00.000 open_incident words="国道 110 大客车侧翻" card=road-traffic patients=2 at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words="国道 110 大客车侧翻" at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=road-traffic patients=2
00:10.000 regrade_incident I1 grade=1 reason=clinical by supervisor D9
        > incident_regraded I1 grade=1 reason=clinical
        > response_planned I1 plan=life-threat slot_capabilities=2,1

# As the callers tell of more, it is proposed; once.
00:20.000 describe_incident I1 patients=12 by D3
        > incident_described I1 card=road-traffic patients=12
        > mass_casualty_proposed I1 patients=12
00:30.000 describe_incident I1 patients=30 by D3
        > incident_described I1 card=road-traffic patients=30

# A dispatcher declares it: red, yellow, green and the dead. Fifteen units are asked for.
01:00.000 declare_mass_casualty I1 red=6 yellow=9 green=13 black=2 by D3
        > mass_casualty_declared I1 red=6 yellow=9 green=13 black=2 D3
        > response_planned I1 plan=life-threat slot_capabilities=2,1,1,1,1,1,1,1,1,1,1,1,1,1,1
01:01.000 propose_hospitals incident=I1,I1,I1 hospital=H1,H2,H3 drive_s=420,1500,1260 source=road,road,road by machine
        > casualties_distributed I1 share_hospital=H1,H2,H3 share_red=4,1,1 share_yellow=9,0,0 share_green=10,1,2 share_drive_s=420,1500,1260 share_why=soonest,shared,shared

# The same again is no news.
01:02.000 propose_hospitals incident=I1,I1,I1 hospital=H1,H2,H3 drive_s=425,1490,1265 source=road,road,road by machine
        > 01:30.000 alert_raised W1 detector=unassigned level=red I1 since_ms=00:00.000

# H1 says what it can take: two red ones only. The others go on, and it says why.
02:00.000 set_hospital_capacity H1 red=2 yellow=4 green=6 by hospital D8 of H1
        > hospital_capacity_set H1 red=2 yellow=4 green=6
02:01.000 propose_hospitals incident=I1,I1,I1 hospital=H1,H2,H3 drive_s=420,1500,1260 source=road,road,road by machine
        > casualties_distributed I1 share_hospital=H1,H2,H3 share_red=2,2,2 share_yellow=4,2,3 share_green=6,3,4 share_drive_s=420,1500,1260 share_why=soonest,nearer_full,nearer_full
02:02.000 set_hospital_capacity H2 red=2 by hospital D8 of H1
        > refused not_yours
02:03.000 set_hospital_capacity H9 red=2 by D3
        > refused no_hospital

# H3 closes: for some there is no room anywhere, and that is said.
03:00.000 set_hospital_status H3 status=closed by D3
        > hospital_status_set H3 status=closed
03:01.000 propose_hospitals incident=I1,I1,I1 hospital=H1,H2,H3 drive_s=420,1500,1260 source=road,road,road by machine
        > casualties_distributed I1 share_hospital=H1,H2 share_red=2,2 share_yellow=4,5 share_green=6,7 share_drive_s=420,1500 share_why=soonest,nearer_full unplaced_red=2
04:00.000 set_hospital_status H3 status=open by D3
        > hospital_status_set H3 status=open
04:01.000 propose_hospitals incident=I1,I1,I1 hospital=H1,H2,H3 drive_s=420,1500,1260 source=road,road,road by machine
        > casualties_distributed I1 share_hospital=H1,H2,H3 share_red=2,2,2 share_yellow=4,2,3 share_green=6,3,4 share_drive_s=420,1500,1260 share_why=soonest,nearer_full,nearer_full

# The crew that arrived counts again; a crew of elsewhere does not.
05:00.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1
        > unit_ordered A1 at_ms=05:00.000 D3
        > 05:00.000 alert_cleared W1 verdict=resolved
05:01.000 declare_mass_casualty I1 red=4 yellow=9 green=11 by crew D20 of U1
        > mass_casualty_declared I1 red=4 yellow=9 green=11 D20
        > response_planned I1 plan=life-threat slot_capabilities=2,1,1,1,1,1,1,1,1,1,1,1
05:02.000 declare_mass_casualty I1 red=1 by crew D20 of U2
        > refused not_yours
05:03.000 declare_mass_casualty I1 red=2001 by D3
        > refused too_many
05:04.000 declare_mass_casualty I9 red=1 by D3
        > refused no_incident
05:05.000 propose_hospitals incident=I1,I1,I1 hospital=H1,H2,H3 drive_s=420,1500,1260 source=road,road,road by machine
        > casualties_distributed I1 share_hospital=H1,H2,H3 share_red=2,1,1 share_yellow=4,2,3 share_green=6,2,3 share_drive_s=420,1500,1260 share_why=soonest,nearer_full,nearer_full
        > 06:00.000 alert_raised W2 detector=unacknowledged level=orange I1 A1 U1 since_ms=05:00.000

# A later grading keeps the units; all away, the plan's own are asked for again.
06:00.000 regrade_incident I1 grade=2 reason=clinical by supervisor D9
        > incident_regraded I1 grade=2 reason=clinical
        > response_planned I1 plan=emergency slot_capabilities=1,1,1,1,1,1,1,1,1,1,1,1
07:00.000 declare_mass_casualty I1 by D3
        > mass_casualty_declared I1 D3
        > response_planned I1 plan=emergency slot_capabilities=1
        > 08:00.000 alert_raised W3 detector=turnout level=orange I1 A1 U1 since_ms=05:00.000
08:00.000 report_step A1 step=completed by D3
        > step_reached A1 step=completed at_ms=08:00.000 source=dispatcher
        > 08:00.000 alert_cleared W2 verdict=resolved
        > 08:00.000 alert_cleared W3 verdict=resolved
08:01.000 close_incident I1 outcome=treated by D3
        > incident_closed I1 outcome=treated at_ms=08:01.000
        > card_reviewed I1 required=1,601,602,603,604,605,606
