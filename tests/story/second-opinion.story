# A second opinion, played out by a worker on sampled futures, comes after the recommendation and is
# told with it; the choice stays the dispatcher's. Costs are in seconds of the call's own waiting.
policy second_opinion.gain_s=30 second_opinion.sure_pct=200
after town.setup
00:01.000 open_incident at=39.0150,106.3700 source=map by D3
        > incident_opened I1 at_ms=00:01.000 owner=D3
        > incident_placed I1 at=39.0150000,106.3700000 source=map
        > incident_described I1
00:02.000 regrade_incident I1 grade=3 reason=clinical words=stable by supervisor D9
        > incident_regraded I1 grade=3 reason=clinical words=stable
00:03.000 propose incident=I1,I1,I1 unit=U1,U2,U3 eta_s=200,260,900 source=road,road,road age_s=0,0,0 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=200 slot_why=nearest_by_road row_unit=U1,U2,U3 row_eta_s=200,260,900 row_source=road,road,road row_age_s=0,0,0 row_why=nearest_by_road,nearest_by_road,nearest_by_road row_eta_p90_s=280,364,1260 slot_over=U2 slot_term=nearer slot_term_s=60 slot_first_pct=72

# U3 is cheaper by 50 s, but that may be chance; U2 is cheaper by 240 s, and that is not.
00:04.000 give_opinion I1 about_seq=20 grade=3 opinion_unit=U1,U2,U3 opinion_here_s=260,320,960 opinion_next_s=4000,3700,3250 opinion_error_s=0,90,200 opinion_futures=200 opinion_horizon_s=7200 by machine
        > opinion_given I1 about_seq=20 opinion_for=U2 opinion_unit=U1,U2,U3 opinion_here_s=260,320,960 opinion_next_s=4000,3700,3250 opinion_error_s=0,90,200 opinion_futures=200 opinion_horizon_s=7200

# Another grade: what was weighed before is worth nothing now.
00:05.000 regrade_incident I1 grade=2 reason=clinical words=worse by supervisor D9
        > incident_regraded I1 grade=2 reason=clinical words=worse
00:06.000 give_opinion I1 about_seq=20 grade=3 opinion_unit=U1,U2,U3 opinion_here_s=260,320,960 opinion_next_s=4000,3700,3250 opinion_error_s=0,90,200 opinion_futures=200 opinion_horizon_s=7200 by machine
        > refused old_opinion

# A little better, or better by what may be chance: then it is for the recommended one.
00:07.000 give_opinion I1 about_seq=20 grade=2 opinion_unit=U1,U2,U3 opinion_here_s=260,320,960 opinion_next_s=4000,3915,3100 opinion_error_s=0,5,200 opinion_futures=200 opinion_horizon_s=7200 by machine
        > opinion_given I1 about_seq=20 opinion_for=U1 opinion_unit=U1,U2,U3 opinion_here_s=260,320,960 opinion_next_s=4000,3915,3100 opinion_error_s=0,5,200 opinion_futures=200 opinion_horizon_s=7200

# What does not fit together is not taken.
00:08.000 give_opinion I1 about_seq=20 grade=2 opinion_unit=U1,U2,U3 opinion_here_s=260,320 opinion_next_s=4000,3915,3100 opinion_error_s=0,5,200 opinion_futures=200 opinion_horizon_s=7200 by machine
        > refused bad_value
00:08.000 give_opinion I1 about_seq=20 grade=2 opinion_unit=U2,U1 opinion_here_s=260,320 opinion_next_s=4000,3900 opinion_error_s=0,5 opinion_futures=200 opinion_horizon_s=7200 by machine
        > refused old_opinion
00:08.000 give_opinion I7 about_seq=20 grade=2 opinion_unit=U1,U2 opinion_here_s=260,320 opinion_next_s=4000,3900 opinion_error_s=0,5 opinion_futures=200 opinion_horizon_s=7200 by machine
        > refused old_opinion
00:08.000 give_opinion I1 about_seq=20 grade=2 opinion_unit=U1,U2 opinion_here_s=260,320 opinion_next_s=4000,3900 opinion_error_s=0,5 opinion_futures=200 opinion_horizon_s=7200 by D3
        > refused not_allowed

# The dispatcher was quicker: it is too late for an opinion, and nobody has waited for it.
00:09.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1 slot=65535
        > unit_ordered A1 at_ms=00:09.000 D3
00:10.000 give_opinion I1 about_seq=20 grade=2 opinion_unit=U1,U2,U3 opinion_here_s=260,320,960 opinion_next_s=4000,3700,3600 opinion_error_s=0,90,200 opinion_futures=200 opinion_horizon_s=7200 by machine
        > refused old_opinion

# A newer recommendation has another number; opinions on it are opinions on it alone.
00:11.000 open_incident at=39.0150,106.3700 source=map by D3
        > incident_opened I2 at_ms=00:11.000 owner=D3
        > incident_placed I2 at=39.0150000,106.3700000 source=map
        > incident_described I2
00:12.000 regrade_incident I2 grade=4 reason=clinical words=stable by supervisor D9
        > incident_regraded I2 grade=4 reason=clinical words=stable
00:13.000 propose incident=I2,I2 unit=U2,U3 eta_s=260,900 source=road,road age_s=0,0 by machine
        > recommended I1
        > recommended I2 slot_unit=U2 slot_eta_s=260 slot_why=nearest_by_road row_unit=U2,U3 row_eta_s=260,900 row_source=road,road row_age_s=0,0 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=364,1260 slot_over=U3 slot_term=nearer slot_term_s=640 slot_first_pct=99
00:14.000 propose incident=I2,I2 unit=U2,U3 eta_s=260,200 source=road,road age_s=0,0 by machine
        > recommended I2 slot_unit=U3 slot_eta_s=200 slot_why=nearest_by_road row_unit=U3,U2 row_eta_s=200,260 row_source=road,road row_age_s=0,0 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=280,364 slot_over=U2 slot_term=nearer slot_term_s=60 slot_term2=not_offered slot_term2_s=20 slot_first_pct=72
00:15.000 give_opinion I2 about_seq=27 grade=4 opinion_unit=U2,U3 opinion_here_s=320,960 opinion_next_s=4000,3900 opinion_error_s=0,40 opinion_futures=200 opinion_horizon_s=7200 by machine
        > refused old_opinion
00:16.000 give_opinion I2 about_seq=28 grade=4 opinion_unit=U3,U2 opinion_here_s=260,320 opinion_next_s=4000,3900 opinion_error_s=0,20 opinion_futures=200 opinion_horizon_s=7200 by machine
        > opinion_given I2 about_seq=28 opinion_for=U2 opinion_unit=U3,U2 opinion_here_s=260,320 opinion_next_s=4000,3900 opinion_error_s=0,20 opinion_futures=200 opinion_horizon_s=7200
