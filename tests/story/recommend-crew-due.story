# A crew that has been on duty for hours without a break is spared where another is nearly as near.
cards on
policy deadline.unassigned_s=0 recommend.meal_s=120
after town.setup
6:01:00.000 set_duty U2 duty=meal by D3
        > duty_set U2 duty=meal crew=3
6:01:01.000 set_duty U2 duty=on by D3
        > duty_set U2 duty=on crew=3
6:01:10.000 open_incident card=trauma words="手指划伤" at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=6:01:10.000 owner=D3
        > incident_placed I1 words=手指划伤 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=trauma
6:01:11.000 regrade_incident I1 grade=3 reason=clinical by D3
        > incident_regraded I1 grade=3 reason=clinical
        > response_planned I1 plan=urgent slot_capabilities=1
6:01:12.000 propose incident=I1,I1 unit=U1,U2 eta_s=200,300 source=road,road age_s=2,2 by machine
        > recommended I1 slot_unit=U2 slot_eta_s=300 slot_why=crew_due row_unit=U2,U1 row_eta_s=300,200 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=420,280 slot_over=U1 slot_term=not_due slot_term_s=120 slot_term2=farther slot_term2_s=100 slot_first_pct=19
6:01:13.000 propose incident=I1,I1 unit=U1,U2 eta_s=200,400 source=road,road age_s=2,2 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=200 slot_why=nearest_by_road row_unit=U1,U2 row_eta_s=200,400 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=280,560 slot_over=U2 slot_term=nearer slot_term_s=200 slot_term2=due slot_term2_s=120 slot_first_pct=93

# Beyond a shift it weighs more still.
6:02:00.000 sign_on_crew U1 names="甲" by crew D20 of U1
        > crew_signed_on X1 U1 names=甲
6:02:01.000 close_incident I1 outcome=advice by D3
        > incident_closed I1 outcome=advice at_ms=6:02:01.000
        > card_reviewed I1 required=1,501,502,503,504,505,506
18:10:00.000 open_incident card=trauma words="脚扭伤" at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I2 at_ms=18:10:00.000 owner=D3
        > incident_placed I2 words=脚扭伤 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I2 card=trauma
18:10:01.000 regrade_incident I2 grade=3 reason=clinical by D3
        > incident_regraded I2 grade=3 reason=clinical
        > response_planned I2 plan=urgent slot_capabilities=1
18:10:02.000 propose incident=I2,I2 unit=U1,U2 eta_s=200,250 source=road,road age_s=2,2 by machine
        > recommended I2 slot_unit=U2 slot_eta_s=250 slot_why=crew_due row_unit=U2,U1 row_eta_s=250,200 row_source=road,road row_age_s=2,2 row_why=nearest_by_road,nearest_by_road row_eta_p90_s=350,280 slot_over=U1 slot_term=not_due slot_term_s=60 slot_term2=farther slot_term2_s=50 slot_first_pct=31
