# A detector's alert is raised once, grows as cases join, rings again when its level rises, ends by
# itself, and a person says afterwards what it was.
after town.setup
00:00.000 open_incident words="阳光小区3号楼" by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=阳光小区3号楼
        > incident_described I1
00:01.000 raise_alert detector=place level=yellow cause_seq=3 words=co version=1 key=768 syndrome=co evidence=I1 at=39.0200,106.3800 radius_m=60 from_ms=00:00.000 to_ms=00:01.000 observed_milli=3000 plan=gas by machine
        > alert_raised W1 detector=place level=yellow since_ms=00:01.000 cause_seq=3 words=co version=1 key=768 syndrome=co evidence=I1 at=39.0200000,106.3800000 radius_m=60 from_ms=00:00.000 to_ms=00:01.000 observed_milli=3000 plan=gas
00:02.000 raise_alert detector=place level=yellow cause_seq=3 version=1 key=768 syndrome=co by machine
        > refused already_raised
00:03.000 raise_alert detector=scan level=blue key=768 at=99.0000,106.0000 by machine
        > refused bad_place
00:10.000 take_alert W1 by D3
        > alert_taken W1 owner=D3
00:11.000 update_alert W1 level=yellow cause_seq=9 syndrome=co evidence=I1 observed_milli=4000 by machine
        > alert_updated W1 level=yellow cause_seq=9 syndrome=co evidence=I1 observed_milli=4000 notice=2 before_ms=00:01.000
00:12.000 acknowledge_alert W1 by D3
        > refused alert_acknowledged

# The level rose: it rings again, and only upwards.
00:13.000 update_alert W1 level=orange cause_seq=12 syndrome=co evidence=I1 observed_milli=6000 by machine
        > alert_updated W1 level=orange cause_seq=12 syndrome=co evidence=I1 observed_milli=6000 notice=3 before_ms=00:11.000
00:14.000 acknowledge_alert W1 by D3
        > alert_acknowledged W1 owner=D3
00:15.000 update_alert W1 level=yellow cause_seq=15 by machine
        > refused lower_level
00:15.000 update_alert W9 level=red cause_seq=15 by machine
        > refused no_alert

# A common cause swallows its effect: the effect is cleared and says into what.
00:20.000 raise_alert detector=window level=blue cause_seq=20 key=5120 syndrome=co by machine
        > alert_raised W2 detector=window level=blue since_ms=00:20.000 cause_seq=20 key=5120 syndrome=co
00:21.000 clear_alert W2 verdict=resolved merged_into=W9 by machine
        > refused no_alert
00:21.000 clear_alert W2 verdict=resolved merged_into=W2 by machine
        > refused itself
00:21.000 clear_alert W2 verdict=resolved merged_into=W1 by machine
        > alert_cleared W2 verdict=resolved merged_into=W1

# Judged when it is over, by a person.
00:30.000 judge_alert W1 verdict=true_alert by D3
        > refused alert_not_over
00:31.000 clear_alert W1 verdict=resolved by machine
        > alert_cleared W1 verdict=resolved
00:32.000 judge_alert W1 verdict=resolved by D3
        > refused bad_value
00:33.000 judge_alert W1 verdict=true_alert by D3
        > alert_judged W1 verdict=true_alert D3
00:34.000 judge_alert W9 verdict=true_alert by D3
        > refused no_alert
00:35.000 update_alert W1 level=red cause_seq=40 by machine
        > refused alert_over

# What facts cannot give, once a minute; and what was learned of chance, once a night.
00:40.000 pass_minute units_on=4 units_free=3 silent_unit=U2 covered_known covered_permille=812 covered_zone=Z1 zone_permille=812 seats_on=2 by_demand by machine
        > minute_passed units_on=4 units_free=3 silent_unit=U2 covered_known covered_permille=812 covered_zone=Z1 zone_permille=812 seats_on=2 by_demand
00:41.000 pass_minute covered_zone=Z1 by machine
        > refused bad_value
00:42.000 fit_warning detector=scan syndrome=co alpha_milli=4210 beta_milli=930 replicas=999 by machine
        > warning_fitted detector=scan syndrome=co alpha_milli=4210 beta_milli=930 replicas=999
00:43.000 fit_warning detector=scan by machine
        > refused bad_value
00:44.000 fit_warning detector=scan beta_milli=930 by D3
        > refused not_allowed
        > 01:00.000 alert_raised W3 detector=ungraded level=orange I1 since_ms=00:00.000
        > 01:30.000 alert_raised W4 detector=unassigned level=red I1 since_ms=00:00.000

# Quality control, once a day is over: what of it was out of control, and that it was looked through.
24:00:01.000 signal_indicator indicator=turnout_3min period=day to_ms=24:00:00.000 by=station key=4 cases=60 value_milli=617 low_milli=866 centre_milli=950 high_milli=1000 rule=beyond others=2 level=yellow by_chance_h=17784 words="turnout" by machine
        > indicator_signalled indicator=turnout_3min period=day to_ms=24:00:00.000 by=station key=4 cases=60 value_milli=617 low_milli=866 centre_milli=950 high_milli=1000 rule=beyond others=2 level=yellow by_chance_h=17784 words=turnout
24:00:02.000 signal_indicator indicator=turnout_3min period=day by=station rule=beyond level=yellow by machine
        > refused bad_value
24:00:03.000 close_period period=day to_ms=24:00:00.000 signals=1 by machine
        > period_closed period=day to_ms=24:00:00.000 signals=1
24:00:04.000 close_period to_ms=24:00:00.000 by machine
        > refused bad_value
24:00:05.000 close_period period=day to_ms=24:00:00.000 by D3
        > refused not_allowed
