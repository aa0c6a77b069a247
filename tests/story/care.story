# Beside the course of an order: readings, who rides, the vehicle's check, a hospital that expects
# its patient, a plan's check-list, a seat that cannot sound. None of it moves a step or a grade.
cards on
policy limits.vitals=2
after town.setup
00:00.000 sign_on_crew U1 names="王医生 李护士 赵师傅" by crew D20 of U1
        > crew_signed_on X1 U1 names="王医生 李护士 赵师傅"
00:01.000 check_unit U1 fit fuel_pct=80 oxygen_pct=60 missing="吸引器" by crew D20 of U1
        > unit_checked X1 U1 fit fuel_pct=80 oxygen_pct=60 missing=吸引器
00:02.000 check_unit U1 fit fuel_pct=101 by crew D20 of U1
        > refused bad_value
00:03.000 check_unit U2 fit by D3
        > refused no_shift
00:04.000 sign_on_crew U2 names="不是我的车" by crew D20 of U1
        > refused not_yours
00:05.000 sign_on_crew U1 by crew D20 of U1
        > refused bad_value
00:06.000 sign_on_crew U1 names="周医生 赵师傅" by crew D20 of U1
        > crew_signed_on X2 U1 names="周医生 赵师傅"
00:07.000 open_incident words="高速 K1180" zone=1 by D3
        > incident_opened I1 at_ms=00:07.000 owner=D3
        > incident_placed I1 words="高速 K1180" zone=Z1
        > incident_described I1
00:08.000 regrade_incident I1 grade=2 reason=clinical by D3
        > incident_regraded I1 grade=2 reason=clinical
        > response_planned I1 plan=emergency slot_capabilities=1
00:09.000 check_step I1 number=1 done by D3
        > refused no_step
00:10.000 order_unit I1 U1 H1 by D3
        > unit_reserved A1 I1 U1
        > unit_ordered A1 at_ms=00:10.000 D3
        > hospital_chosen A1 H1
00:11.000 record_vitals A1 vitals="heart_rate=112" by crew D20 of U1
        > refused not_where
00:12.000 expect_patient A1 by hospital D9 of H2
        > refused not_yours
00:13.000 expect_patient A1 by hospital D8 of H1
        > patient_expected A1 H1 D8
00:14.000 expect_patient A1 by hospital D8 of H1
00:15.000 confirm_handover A1 by hospital D8 of H1
        > refused not_where
00:20.000 report_step A1 step=at_patient by crew D20 of U1
        > step_reached A1 step=at_patient at_ms=00:20.000 source=crew
00:21.000 record_vitals A1 vitals="heart_rate=0 resp_rate=6 spo2=81 gcs=3" by crew D20 of U1
        > vitals_recorded I1 A1 at_ms=00:21.000 vitals="heart_rate=0 resp_rate=6 spo2=81 gcs=3"
00:22.000 record_vitals A1 vitals="heart_rate=400" by crew D20 of U1
        > refused bad_value
00:22.000 record_vitals A1 vitals="heart_rate=60 heart_rate=61" by crew D20 of U1
        > refused bad_value
00:22.000 record_vitals A1 vitals="heart_rate=60 " by crew D20 of U1
        > refused bad_value
00:22.000 record_vitals A1 vitals="pulse=60" by crew D20 of U1
        > refused bad_value
00:22.000 record_vitals A1 vitals="gcs=" by crew D20 of U1
        > refused bad_value
00:22.000 record_vitals A1 by crew D20 of U1
        > refused bad_value
00:23.000 record_vitals A1 vitals="spo2=90" by crew D21 of U2
        > refused not_yours
00:23.100 record_vitals A1 vitals="spo2=90" at_ms=00:22.000 by crew D20 of U1
        > vitals_recorded I1 A1 at_ms=00:22.000 vitals="spo2=90"
00:23.200 record_vitals A1 vitals="spo2=91" by crew D20 of U1
        > refused too_many
00:24.000 redirect_unit A1 H2 by crew D20 of U1
        > hospital_chosen A1 H2
00:25.000 expect_patient A1 by hospital D9 of H2
        > patient_expected A1 H2 D9
00:30.000 report_step A1 step=at_hospital by crew D20 of U1
        > step_reached A1 step=at_hospital at_ms=00:30.000 source=crew
00:31.000 confirm_handover A1 by hospital D8 of H1
        > refused not_yours
00:32.000 confirm_handover A1 by hospital D9 of H2
        > handover_confirmed A1 H2 D9 at_ms=00:32.000
00:33.000 confirm_handover A1 by hospital D9 of H2
00:34.000 report_step A1 step=completed by crew D20 of U1
        > step_reached A1 step=completed at_ms=00:34.000 source=crew
00:35.000 expect_patient A1 by hospital D9 of H2
        > refused assignment_over

# A seat proves that it can sound; one that cannot is an alert until it does.
00:40.000 report_seat_sound by D3
        > refused no_seat
00:41.000 report_seat_sound by D3 seat=3
        > seat_sound_reported P3 D3
        > alert_raised W1 detector=seat_silent level=orange since_ms=00:41.000 words="该席位不能响铃 / its page cannot sound" P3
00:42.000 report_seat_sound by D3 seat=3
        > seat_sound_reported P3 D3
00:43.000 take_alert W1 by D4
        > alert_taken W1 owner=D4
00:44.000 take_alert W1 by D4
        > refused already_owner
00:45.000 take_alert W1 by D3
        > alert_taken W1 owner=D3
00:46.000 report_seat_sound sounds by D3 seat=3
        > seat_sound_reported P3 D3 sounds
        > alert_cleared W1 verdict=resolved
00:47.000 take_alert W1 by D4
        > refused alert_over

# An order is undone as long as the crew has not acknowledged it.
01:00.000 order_unit I1 U3 by D3
        > unit_reserved A2 I1 U3
        > unit_ordered A2 at_ms=01:00.000 D3
01:01.000 cancel_assignment A2 reason=undo by D3
        > step_reached A2 step=cancelled at_ms=01:01.000 source=dispatcher reason=undo
01:02.000 order_unit I1 U3 by D3
        > unit_reserved A3 I1 U3
        > unit_ordered A3 at_ms=01:02.000 D3
01:03.000 report_step A3 step=acknowledged by crew D22 of U3
        > step_reached A3 step=acknowledged at_ms=01:03.000 source=crew
01:04.000 cancel_assignment A3 reason=undo by D3
        > refused not_where

# A plan's check-list, ticked and unticked; another plan begins it anew.
02:00.000 open_incident words="化工园" zone=3 by D3
        > incident_opened I2 at_ms=02:00.000 owner=D3
        > incident_placed I2 words=化工园 zone=Z3
        > incident_described I2
02:01.000 regrade_incident I2 grade=1 reason=clinical by D3
        > incident_regraded I2 grade=1 reason=clinical
        > response_planned I2 plan=works-or-mine-severe slot_capabilities=2,1
02:02.000 check_step I2 number=2 done by D3
        > step_checked I2 number=2 done D3
02:03.000 check_step I2 number=1 done by D3
        > step_checked I2 number=1 done D3
02:04.000 check_step I2 number=2 by D4
        > step_checked I2 number=2 D4
02:05.000 check_step I2 number=6 done by D3
        > refused no_step
02:06.000 check_step I2 number=0 done by D3
        > refused no_step
02:07.000 check_step I2 number=1 done by crew D20 of U1
        > refused not_allowed
