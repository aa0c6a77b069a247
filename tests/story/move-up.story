# Free units stand by where the next call is reached soonest in the mean, lateness counted: one that
# has come from a task at once, one that waits at its station three times an hour at most. Calls: 300 a
# week in Z1 beside S1, 200 in Z2 and 100 in Z3 beside S2, twenty-five minutes away.
policy move_up.busy_permille=300 move_up.rest_min=15
after town.setup
00:00.000 define_station S3 code=S-3 name="平罗急救站" at=38.9100,106.5400 by operator
        > station_defined S3 code=S-3 name=平罗急救站 at=38.9100000,106.5400000
00:00.000 set_demand Z1 at=39.0150,106.3700 calls_a_week=300 by operator
        > demand_set Z1 at=39.0150000,106.3700000 calls_a_week=300
00:00.000 set_demand Z2 at=39.2150,106.7700 calls_a_week=200 by operator
        > demand_set Z2 at=39.2150000,106.7700000 calls_a_week=200
00:00.000 set_demand Z3 at=39.2350,106.7900 calls_a_week=100 by operator
        > demand_set Z3 at=39.2350000,106.7900000 calls_a_week=100
00:00.000 set_demand Z9 at=39.2350,106.7900 calls_a_week=100 by operator
        > refused no_zone
00:00.000 set_demand Z3 at=39.2350,106.7900 calls_a_week=9000000 by operator
        > refused bad_value
00:01.000 open_incident at=39.2150,106.7700 source=map by D3
        > incident_opened I1 at_ms=00:01.000 owner=D3
        > incident_placed I1 at=39.2150000,106.7700000 source=map
        > incident_described I1
00:02.000 order_unit I1 U3 by D3
        > unit_reserved A1 I1 U3 slot=65535
        > unit_ordered A1 at_ms=00:02.000 D3

# U4 alone is left at S2, two are at S1: nothing is worth a move.
00:03.000 propose_moves reach_from=S1,S1,S1,S2,S2,S2 reach_zone=Z1,Z2,Z3,Z1,Z2,Z3 reach_s=200,1500,1600,1450,150,400 unit=U1,U2,U4 to=S2,S2,S1 drive_s=1500,1400,1450 source=road,road,road by machine

# With U4 gone too S2 has nobody: U2, which is nearer, should stand by there.
00:04.000 order_unit I1 U4 by D3
        > unit_reserved A2 I1 U4 slot=65535
        > unit_ordered A2 at_ms=00:04.000 D3
00:05.000 propose_moves reach_from=S1,S1,S1,S2,S2,S2 reach_zone=Z1,Z2,Z3,Z1,Z2,Z3 reach_s=200,1500,1600,1450,150,400 unit=U1,U2 to=S2,S2 drive_s=1500,1400 source=road,road by machine
        > move_advised U2 move_from=S1 move_to=S2 move_gain_permille=259 covered_permille=720 Z2 drive_s=1400 source=road extra move_sooner_s=342

# Once is enough.
00:06.000 propose_moves reach_from=S1,S1,S1,S2,S2,S2 reach_zone=Z1,Z2,Z3,Z1,Z2,Z3 reach_s=200,1500,1600,1450,150,400 unit=U1,U2 to=S2,S2 drive_s=1500,1400 source=road,road by machine
00:10.000 move_unit U2 post=S2 by D3
        > unit_moved U2 post=S2 advised D3
        > 01:01.000 alert_raised W1 detector=ungraded level=orange I1 since_ms=00:01.000
        > 01:02.000 alert_raised W2 detector=unacknowledged level=orange I1 A1 U3 since_ms=00:02.000
        > 01:04.000 alert_raised W3 detector=unacknowledged level=orange I1 A2 U4 since_ms=00:04.000
        > 03:02.000 alert_raised W4 detector=turnout level=orange I1 A1 U3 since_ms=00:02.000
        > 03:04.000 alert_raised W5 detector=turnout level=orange I1 A2 U4 since_ms=00:04.000

# It is closed at S1 for the road works: Z1 is reached from S3 now. Worth a move, but not so soon.
05:00.000 propose_moves reach_from=S3,S3,S3,S2,S2,S2 reach_zone=Z1,Z2,Z3,Z1,Z2,Z3 reach_s=200,1500,1600,1450,150,400 unit=U1,U2 to=S3,S1 drive_s=600,1400 source=road,road by machine
20:06.000 propose_moves reach_from=S3,S3,S3,S2,S2,S2 reach_zone=Z1,Z2,Z3,Z1,Z2,Z3 reach_s=200,1500,1600,1450,150,400 unit=U1,U2 to=S3,S1 drive_s=600,1400 source=road,road by machine
        > move_advised U1 move_from=S1 move_to=S3 move_gain_permille=360 covered_permille=720 Z1 drive_s=600 source=road extra move_sooner_s=566

# The dispatcher sends it home instead; nobody is sent who is busy, off duty or not there.
20:07.000 move_unit U1 post=S1 by D3
        > unit_moved U1 post=S1 D3
20:08.000 move_unit U3 post=S1 by D3
        > refused unit_busy
20:09.000 move_unit U1 post=S9 by D3
        > refused no_station
20:10.000 move_unit U9 post=S1 by D3
        > refused no_unit
20:11.000 set_duty U1 duty=meal by D3
        > duty_set U1 duty=meal crew=3
20:12.000 move_unit U1 post=S1 by D3
        > refused unit_off_duty

# U3 is free again, far from its station: it is better placed at S1, where nobody is now, but not
# while the way there takes five hours.
30:00.000 report_step A1 step=completed by D3
        > step_reached A1 step=completed at_ms=30:00.000 source=dispatcher
        > 30:00.000 alert_cleared W2 verdict=resolved
        > 30:00.000 alert_cleared W4 verdict=resolved
30:00.500 propose_moves reach_from=S1,S1,S1,S2,S2,S2 reach_zone=Z1,Z2,Z3,Z1,Z2,Z3 reach_s=200,1500,1600,1450,150,400 unit=U2,U3,U3 to=S1,S1,S2 drive_s=1400,18000,900 source=road,crow,road by machine
30:01.000 propose_moves reach_from=S1,S1,S1,S2,S2,S2 reach_zone=Z1,Z2,Z3,Z1,Z2,Z3 reach_s=200,1500,1600,1450,150,400 unit=U2,U3,U3 to=S1,S1,S2 drive_s=1400,300,900 source=road,crow,road by machine
        > move_advised U3 move_from=S2 move_to=S1 move_gain_permille=259 covered_permille=720 Z1 drive_s=300 source=crow move_sooner_s=318

# Who gets an order stands by nowhere any more; while somebody waits, cover is not the question.
30:02.000 open_incident at=39.0150,106.3700 source=map by D3
        > incident_opened I2 at_ms=30:02.000 owner=D3
        > incident_placed I2 at=39.0150000,106.3700000 source=map
        > incident_described I2
30:03.000 propose_moves reach_from=S1,S1,S1,S2,S2,S2 reach_zone=Z1,Z2,Z3,Z1,Z2,Z3 reach_s=200,1500,1600,1450,150,400 unit=U2,U3 to=S1,S1 drive_s=1400,300 source=road,crow by machine
30:04.000 order_unit I2 U2 by D3
        > unit_reserved A3 I2 U2 slot=65535
        > unit_ordered A3 at_ms=30:04.000 D3

# Columns that do not fit, and weights of yesterday.
30:05.000 propose_moves reach_from=S1 reach_zone=Z1,Z2 reach_s=200 unit=U2 to=S1 drive_s=1400 source=road by machine
        > refused bad_value
30:06.000 activate_weights epoch=4 hash=abcd by machine
        > weights_activated epoch=4 hash=abcd
30:07.000 propose_moves weights_epoch=3 reach_from=S1 reach_zone=Z1 reach_s=200 unit=U3 to=S1 drive_s=300 source=road by machine
        > refused old_weights
