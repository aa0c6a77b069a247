# Where no operator has said how many calls a zone has a week, the machine counts them; his word
# stands over what is counted until he takes it back, with no calls at all.
after town.setup
00:00.000 count_demand Z1 at=39.0150,106.3700 calls_a_week=120 demand_weeks=8 by machine
        > demand_set Z1 at=39.0150000,106.3700000 calls_a_week=120 demand_weeks=8
00:01.000 count_demand Z1 at=39.0150,106.3700 calls_a_week=130 demand_weeks=8 by machine
        > demand_set Z1 at=39.0150000,106.3700000 calls_a_week=130 demand_weeks=8
00:02.000 set_demand Z1 at=39.0190,106.3760 calls_a_week=300 by operator
        > demand_set Z1 at=39.0190000,106.3760000 calls_a_week=300
00:03.000 count_demand Z1 at=39.0150,106.3700 calls_a_week=130 demand_weeks=8 by machine
        > refused bad_value
00:04.000 set_demand Z1 at=39.0190,106.3760 by operator
        > demand_set Z1 at=39.0190000,106.3760000
00:05.000 count_demand Z1 at=39.0150,106.3700 calls_a_week=140 demand_weeks=8 by machine
        > demand_set Z1 at=39.0150000,106.3700000 calls_a_week=140 demand_weeks=8
# No weeks are no count; nor is it for others to count.
00:06.000 count_demand Z1 at=39.0150,106.3700 calls_a_week=140 by machine
        > refused bad_value
00:07.000 count_demand Z9 at=39.0150,106.3700 calls_a_week=140 demand_weeks=8 by machine
        > refused no_zone
00:08.000 count_demand Z1 at=99.0150,106.3700 calls_a_week=140 demand_weeks=8 by machine
        > refused bad_place
00:09.000 count_demand Z1 at=39.0150,106.3700 calls_a_week=9000000 demand_weeks=8 by machine
        > refused bad_value
00:10.000 count_demand Z1 at=39.0150,106.3700 calls_a_week=140 demand_weeks=8 by operator
        > refused not_allowed
