# One unit, two minor cases: who has waited long comes first, although the other is nearer.
cards on
policy deadline.unassigned_s=0
after town.setup
00:00.000 open_incident card=trauma words="手指划伤" at=39.0150,106.3700 source=map zone=Z1 by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=手指划伤 at=39.0150000,106.3700000 source=map zone=Z1
        > incident_described I1 card=trauma
00:01.000 regrade_incident I1 grade=4 reason=clinical by D3
        > incident_regraded I1 grade=4 reason=clinical
        > response_planned I1 plan=minor slot_capabilities=1
40:00.000 open_incident card=trauma words="脚扭伤" at=39.0160,106.3800 source=map zone=Z1 by D3
        > incident_opened I2 at_ms=40:00.000 owner=D3
        > incident_placed I2 words=脚扭伤 at=39.0160000,106.3800000 source=map zone=Z1
        > incident_described I2 card=trauma
40:01.000 regrade_incident I2 grade=4 reason=clinical by D3
        > incident_regraded I2 grade=4 reason=clinical
        > response_planned I2 plan=minor slot_capabilities=1
40:02.000 propose incident=I1,I2 unit=U1,U1 eta_s=600,300 source=road,road age_s=2,2 by machine
        > recommended I1 slot_unit=U1 slot_eta_s=600 slot_why=nearest_by_road row_unit=U1 row_eta_s=600 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=840 slot_first_pct=100
        > recommended I2 slot_unit=- slot_eta_s=0 slot_why=better_elsewhere row_unit=U1 row_eta_s=300 row_source=road row_age_s=2 row_why=nearest_by_road row_eta_p90_s=420 slot_over=U1 slot_term=needed_elsewhere slot_term_s=35640 slot_term2=farther slot_term2_s=300
