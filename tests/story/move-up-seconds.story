# Where nobody is in time from any station there is no cover to gain, and where one stands by still
# matters: the seconds decide. Calls: 300 a week in Z1, 100 in Z2, both over eight minutes from everywhere.
policy move_up.busy_permille=300
after town.setup
00:00.000 set_demand Z1 at=39.0150,106.3700 calls_a_week=300 by operator
        > demand_set Z1 at=39.0150000,106.3700000 calls_a_week=300
00:00.000 set_demand Z2 at=39.2150,106.7700 calls_a_week=100 by operator
        > demand_set Z2 at=39.2150000,106.7700000 calls_a_week=100
00:01.000 set_duty U2 duty=meal by D3
        > duty_set U2 duty=meal crew=3
00:01.000 set_duty U4 duty=meal by D3
        > duty_set U4 duty=meal crew=2

# One at each station: they stay.
00:02.000 propose_moves reach_from=S1,S1,S2,S2 reach_zone=Z1,Z2,Z1,Z2 reach_s=600,1500,1500,600 unit=U3,U1 to=S1,S2 drive_s=900,900 source=road,road by machine

# Without U1 Z1 needs it more; but if both had nearly as many calls, the way would eat the difference.
00:03.000 set_duty U1 duty=meal by D3
        > duty_set U1 duty=meal crew=3
00:03.000 set_demand Z2 at=39.2150,106.7700 calls_a_week=297 by operator
        > demand_set Z2 at=39.2150000,106.7700000 calls_a_week=297
00:04.000 propose_moves reach_from=S1,S1,S2,S2 reach_zone=Z1,Z2,Z1,Z2 reach_s=600,1500,1500,600 unit=U3 to=S1 drive_s=300 source=road by machine
00:05.000 set_demand Z2 at=39.2150,106.7700 calls_a_week=100 by operator
        > demand_set Z2 at=39.2150000,106.7700000 calls_a_week=100
00:06.000 propose_moves reach_from=S1,S1,S2,S2 reach_zone=Z1,Z2,Z1,Z2 reach_s=600,1500,1500,600 unit=U3 to=S1 drive_s=900 source=road by machine
        > move_advised U3 move_from=S2 move_to=S1 Z1 drive_s=900 source=road extra move_sooner_s=270

# What is not there counts nowhere, and a drive without end is one that nobody makes.
20:00.000 move_unit U3 post=S1 by D3
        > unit_moved U3 post=S1 advised D3
20:07.000 set_demand Z2 at=39.2150,106.7700 calls_a_week=900 by operator
        > demand_set Z2 at=39.2150000,106.7700000 calls_a_week=900
20:08.000 set_duty U1 duty=on by D3
        > duty_set U1 duty=on crew=3
80:00.000 propose_moves reach_from=S1,S9,S2,S2,S1 reach_zone=Z1,Z1,Z1,Z9,Z2 reach_s=600,10,1500,10,4294967295 unit=U9,U3,U3,U3 to=S2,S9,S1,S2 drive_s=10,10,10,4294967295 source=road,road,road,road by machine
80:01.000 propose_moves reach_from=S1,S9,S2,S2,S2,S1 reach_zone=Z1,Z1,Z1,Z9,Z2,Z2 reach_s=600,10,1500,10,600,4294967295 unit=U9,U3,U3,U3 to=S2,S9,S1,S2 drive_s=10,10,10,900 source=road,road,road,road by machine
        > move_advised U3 move_from=S1 move_to=S2 Z2 drive_s=900 source=road extra move_sooner_s=934
