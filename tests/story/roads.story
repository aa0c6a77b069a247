# Closures and slow-downs, for a time; the weights, cards and zones in force.
after town.setup
00:00.000 set_road_condition state=closed way=4501,4502 at=39.0200,106.3800 until_ms=30:00.000 cause="施工" by D3
        > road_condition_set R1 state=closed way=4501,4502 at=39.0200000,106.3800000 until_ms=30:00.000 cause=施工
00:01.000 set_road_condition state=slow slow_pct=250 at=39.0300,106.4000 radius_m=800 cause="大雾" by D3
        > road_condition_set R2 state=slow slow_pct=250 at=39.0300000,106.4000000 radius_m=800 cause=大雾
00:02.000 set_road_condition R1 state=closed way=4501 at=39.0200,106.3800 until_ms=20:00.000 cause="施工" by D3
        > road_condition_set R1 state=closed way=4501 at=39.0200000,106.3800000 until_ms=20:00.000 cause=施工
00:03.000 set_road_condition R9 state=closed way=1 by D3
        > refused no_condition
00:04.000 set_road_condition state=open way=1 by D3
        > refused bad_value
00:05.000 set_road_condition state=slow slow_pct=90 way=1 by D3
        > refused bad_value
00:06.000 set_road_condition state=closed by D3
        > refused bad_value
00:07.000 set_road_condition state=closed way=1 at=99.0,106.0 by D3
        > refused bad_place
00:08.000 set_road_condition state=closed way=1 until_ms=00:05.000 by D3
        > refused bad_time
10:00.000 clear_road_condition R2 by D3
        > road_condition_cleared R2
10:01.000 clear_road_condition R2 by D3
        > refused no_condition
        > 20:00.000 road_condition_cleared R1
25:00.000 wait
30:00.000 activate_weights epoch=7 hash=a7 by machine
        > weights_activated epoch=7 hash=a7
30:01.000 activate_weights epoch=6 hash=a6 by machine
        > refused old_weights
30:02.000 activate_cards epoch=2 hash=c2 by machine
        > cards_activated epoch=2 hash=c2
30:03.000 activate_zones epoch=3 hash=b3 by machine
        > zones_activated epoch=3 hash=b3
30:04.000 propose weights_epoch=6 by machine
        > refused old_weights
30:05.000 propose weights_epoch=7 unit=U1 by machine
        > refused bad_value
