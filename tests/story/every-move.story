# Every move an assignment may make, once at least (core/step.c draws them). Deadlines are off.
policy deadline.ungraded_s=0 deadline.unassigned_s=0 deadline.unacknowledged_s=0 deadline.turnout_s=0
policy deadline.long_scene_s=0 deadline.long_handover_s=0
after town.setup
00:00.000 open_incident words="一" by D3
        > incident_opened I1 at_ms=00:00.000 owner=D3
        > incident_placed I1 words=一
        > incident_described I1
00:00.000 open_incident words="二" by D3
        > incident_opened I2 at_ms=00:00.000 owner=D3
        > incident_placed I2 words=二
        > incident_described I2
00:01.000 reserve_unit I1 U2 by D3
        > unit_reserved A1 I1 U2 slot=65535
00:01.000 cancel_assignment A1 reason=other by D3
        > step_reached A1 step=cancelled at_ms=00:01.000 source=dispatcher reason=other
00:02.000 order_unit I1 U1 by D3
        > unit_reserved A2 I1 U1 slot=65535
        > unit_ordered A2 at_ms=00:02.000 D3
00:02.000 deliver_order A2 by gateway
        > step_reached A2 step=delivered at_ms=00:02.000 source=terminal
00:02.000 report_step A2 step=acknowledged by D3
        > step_reached A2 step=acknowledged at_ms=00:02.000 source=dispatcher
00:02.000 report_step A2 step=departed by D3
        > step_reached A2 step=departed at_ms=00:02.000 source=dispatcher
00:02.000 report_step A2 step=at_scene by D3
        > step_reached A2 step=at_scene at_ms=00:02.000 source=dispatcher
00:02.000 report_step A2 step=at_patient by D3
        > step_reached A2 step=at_patient at_ms=00:02.000 source=dispatcher
00:02.000 report_step A2 step=left_scene by D3
        > step_reached A2 step=left_scene at_ms=00:02.000 source=dispatcher
00:02.000 report_step A2 step=at_hospital by D3
        > step_reached A2 step=at_hospital at_ms=00:02.000 source=dispatcher
00:02.000 report_step A2 step=handed_over by D3
        > step_reached A2 step=handed_over at_ms=00:02.000 source=dispatcher
00:02.000 report_step A2 step=completed by D3
        > step_reached A2 step=completed at_ms=00:02.000 source=dispatcher
00:03.000 order_unit I1 U1 by D3
        > unit_reserved A3 I1 U1 slot=65535
        > unit_ordered A3 at_ms=00:03.000 D3
00:03.000 report_step A3 step=acknowledged by D3
        > step_reached A3 step=acknowledged at_ms=00:03.000 source=dispatcher
00:03.000 report_step A3 step=at_scene by D3
        > step_reached A3 step=at_scene at_ms=00:03.000 source=dispatcher
00:03.000 report_step A3 step=left_scene by D3
        > step_reached A3 step=left_scene at_ms=00:03.000 source=dispatcher
00:03.000 report_step A3 step=handed_over by D3
        > step_reached A3 step=handed_over at_ms=00:03.000 source=dispatcher
00:03.000 report_step A3 step=completed by D3
        > step_reached A3 step=completed at_ms=00:03.000 source=dispatcher
00:04.000 order_unit I1 U1 by D3
        > unit_reserved A4 I1 U1 slot=65535
        > unit_ordered A4 at_ms=00:04.000 D3
00:04.000 report_step A4 step=departed by D3
        > step_reached A4 step=departed at_ms=00:04.000 source=dispatcher
00:04.000 report_step A4 step=at_patient by D3
        > step_reached A4 step=at_patient at_ms=00:04.000 source=dispatcher
00:04.000 report_step A4 step=at_hospital by D3
        > step_reached A4 step=at_hospital at_ms=00:04.000 source=dispatcher
00:04.000 report_step A4 step=completed by D3
        > step_reached A4 step=completed at_ms=00:04.000 source=dispatcher
00:05.000 order_unit I1 U1 by D3
        > unit_reserved A5 I1 U1 slot=65535
        > unit_ordered A5 at_ms=00:05.000 D3
00:05.000 report_step A5 step=at_scene by D3
        > step_reached A5 step=at_scene at_ms=00:05.000 source=dispatcher
00:05.000 report_step A5 step=at_hospital by D3
        > step_reached A5 step=at_hospital at_ms=00:05.000 source=dispatcher
00:05.000 report_step A5 step=completed by D3
        > step_reached A5 step=completed at_ms=00:05.000 source=dispatcher
00:06.000 order_unit I1 U1 by D3
        > unit_reserved A6 I1 U1 slot=65535
        > unit_ordered A6 at_ms=00:06.000 D3
00:06.000 report_step A6 step=at_patient by D3
        > step_reached A6 step=at_patient at_ms=00:06.000 source=dispatcher
00:06.000 report_step A6 step=handed_over by D3
        > step_reached A6 step=handed_over at_ms=00:06.000 source=dispatcher
00:06.000 report_step A6 step=completed by D3
        > step_reached A6 step=completed at_ms=00:06.000 source=dispatcher
00:07.000 order_unit I1 U1 by D3
        > unit_reserved A7 I1 U1 slot=65535
        > unit_ordered A7 at_ms=00:07.000 D3
00:07.000 report_step A7 step=left_scene by D3
        > step_reached A7 step=left_scene at_ms=00:07.000 source=dispatcher
00:07.000 report_step A7 step=completed by D3
        > step_reached A7 step=completed at_ms=00:07.000 source=dispatcher
00:08.000 order_unit I1 U1 by D3
        > unit_reserved A8 I1 U1 slot=65535
        > unit_ordered A8 at_ms=00:08.000 D3
00:08.000 report_step A8 step=at_hospital by D3
        > step_reached A8 step=at_hospital at_ms=00:08.000 source=dispatcher
00:08.000 report_step A8 step=completed by D3
        > step_reached A8 step=completed at_ms=00:08.000 source=dispatcher
00:09.000 order_unit I1 U1 by D3
        > unit_reserved A9 I1 U1 slot=65535
        > unit_ordered A9 at_ms=00:09.000 D3
00:09.000 report_step A9 step=handed_over by D3
        > step_reached A9 step=handed_over at_ms=00:09.000 source=dispatcher
00:09.000 report_step A9 step=completed by D3
        > step_reached A9 step=completed at_ms=00:09.000 source=dispatcher
00:10.000 order_unit I1 U1 by D3
        > unit_reserved A10 I1 U1 slot=65535
        > unit_ordered A10 at_ms=00:10.000 D3
00:10.000 report_step A10 step=completed by D3
        > step_reached A10 step=completed at_ms=00:10.000 source=dispatcher
00:11.000 order_unit I1 U1 by D3
        > unit_reserved A11 I1 U1 slot=65535
        > unit_ordered A11 at_ms=00:11.000 D3
00:11.000 cancel_assignment A11 reason=other by D3
        > step_reached A11 step=cancelled at_ms=00:11.000 source=dispatcher reason=other
00:12.000 order_unit I1 U1 by D3
        > unit_reserved A12 I1 U1 slot=65535
        > unit_ordered A12 at_ms=00:12.000 D3
00:12.000 report_step A12 step=empty_run by D3
        > step_reached A12 step=empty_run at_ms=00:12.000 source=dispatcher
00:13.000 order_unit I1 U1 by D3
        > unit_reserved A13 I1 U1 slot=65535
        > unit_ordered A13 at_ms=00:13.000 D3
00:13.000 refuse_order A13 reason=other by D3
        > step_reached A13 step=refused at_ms=00:13.000 source=dispatcher reason=other
00:14.000 order_unit I1 U1 by D3
        > unit_reserved A14 I1 U1 slot=65535
        > unit_ordered A14 at_ms=00:14.000 D3
00:14.000 divert_unit I2 U1 reason=more_urgent by D3
        > step_reached A14 step=diverted at_ms=00:14.000 source=dispatcher reason=more_urgent
        > unit_reserved A15 I2 U1 slot=65535 reason=more_urgent
        > unit_ordered A15 at_ms=00:14.000 D3
00:14.000 cancel_assignment A15 reason=other by D3
        > step_reached A15 step=cancelled at_ms=00:14.000 source=dispatcher reason=other
00:15.000 order_unit I1 U1 by D3
        > unit_reserved A16 I1 U1 slot=65535
        > unit_ordered A16 at_ms=00:15.000 D3
00:15.000 deliver_order A16 by gateway
        > step_reached A16 step=delivered at_ms=00:15.000 source=terminal
00:15.000 report_step A16 step=departed by D3
        > step_reached A16 step=departed at_ms=00:15.000 source=dispatcher
00:15.000 report_step A16 step=left_scene by D3
        > step_reached A16 step=left_scene at_ms=00:15.000 source=dispatcher
00:15.000 report_step A16 step=completed by D3
        > step_reached A16 step=completed at_ms=00:15.000 source=dispatcher
00:16.000 order_unit I1 U1 by D3
        > unit_reserved A17 I1 U1 slot=65535
        > unit_ordered A17 at_ms=00:16.000 D3
00:16.000 deliver_order A17 by gateway
        > step_reached A17 step=delivered at_ms=00:16.000 source=terminal
00:16.000 report_step A17 step=at_scene by D3
        > step_reached A17 step=at_scene at_ms=00:16.000 source=dispatcher
00:16.000 report_step A17 step=handed_over by D3
        > step_reached A17 step=handed_over at_ms=00:16.000 source=dispatcher
00:16.000 report_step A17 step=completed by D3
        > step_reached A17 step=completed at_ms=00:16.000 source=dispatcher
00:17.000 order_unit I1 U1 by D3
        > unit_reserved A18 I1 U1 slot=65535
        > unit_ordered A18 at_ms=00:17.000 D3
00:17.000 deliver_order A18 by gateway
        > step_reached A18 step=delivered at_ms=00:17.000 source=terminal
00:17.000 report_step A18 step=at_patient by D3
        > step_reached A18 step=at_patient at_ms=00:17.000 source=dispatcher
00:17.000 report_step A18 step=completed by D3
        > step_reached A18 step=completed at_ms=00:17.000 source=dispatcher
00:18.000 order_unit I1 U1 by D3
        > unit_reserved A19 I1 U1 slot=65535
        > unit_ordered A19 at_ms=00:18.000 D3
00:18.000 deliver_order A19 by gateway
        > step_reached A19 step=delivered at_ms=00:18.000 source=terminal
00:18.000 report_step A19 step=left_scene by D3
        > step_reached A19 step=left_scene at_ms=00:18.000 source=dispatcher
00:18.000 report_step A19 step=completed by D3
        > step_reached A19 step=completed at_ms=00:18.000 source=dispatcher
00:19.000 order_unit I1 U1 by D3
        > unit_reserved A20 I1 U1 slot=65535
        > unit_ordered A20 at_ms=00:19.000 D3
00:19.000 deliver_order A20 by gateway
        > step_reached A20 step=delivered at_ms=00:19.000 source=terminal
00:19.000 report_step A20 step=at_hospital by D3
        > step_reached A20 step=at_hospital at_ms=00:19.000 source=dispatcher
00:19.000 report_step A20 step=completed by D3
        > step_reached A20 step=completed at_ms=00:19.000 source=dispatcher
00:20.000 order_unit I1 U1 by D3
        > unit_reserved A21 I1 U1 slot=65535
        > unit_ordered A21 at_ms=00:20.000 D3
00:20.000 deliver_order A21 by gateway
        > step_reached A21 step=delivered at_ms=00:20.000 source=terminal
00:20.000 report_step A21 step=handed_over by D3
        > step_reached A21 step=handed_over at_ms=00:20.000 source=dispatcher
00:20.000 report_step A21 step=completed by D3
        > step_reached A21 step=completed at_ms=00:20.000 source=dispatcher
00:21.000 order_unit I1 U1 by D3
        > unit_reserved A22 I1 U1 slot=65535
        > unit_ordered A22 at_ms=00:21.000 D3
00:21.000 deliver_order A22 by gateway
        > step_reached A22 step=delivered at_ms=00:21.000 source=terminal
00:21.000 report_step A22 step=completed by D3
        > step_reached A22 step=completed at_ms=00:21.000 source=dispatcher
00:22.000 order_unit I1 U1 by D3
        > unit_reserved A23 I1 U1 slot=65535
        > unit_ordered A23 at_ms=00:22.000 D3
00:22.000 deliver_order A23 by gateway
        > step_reached A23 step=delivered at_ms=00:22.000 source=terminal
00:22.000 cancel_assignment A23 reason=other by D3
        > step_reached A23 step=cancelled at_ms=00:22.000 source=dispatcher reason=other
00:23.000 order_unit I1 U1 by D3
        > unit_reserved A24 I1 U1 slot=65535
        > unit_ordered A24 at_ms=00:23.000 D3
00:23.000 deliver_order A24 by gateway
        > step_reached A24 step=delivered at_ms=00:23.000 source=terminal
00:23.000 report_step A24 step=empty_run by D3
        > step_reached A24 step=empty_run at_ms=00:23.000 source=dispatcher
00:24.000 order_unit I1 U1 by D3
        > unit_reserved A25 I1 U1 slot=65535
        > unit_ordered A25 at_ms=00:24.000 D3
00:24.000 deliver_order A25 by gateway
        > step_reached A25 step=delivered at_ms=00:24.000 source=terminal
00:24.000 refuse_order A25 reason=other by D3
        > step_reached A25 step=refused at_ms=00:24.000 source=dispatcher reason=other
00:25.000 order_unit I1 U1 by D3
        > unit_reserved A26 I1 U1 slot=65535
        > unit_ordered A26 at_ms=00:25.000 D3
00:25.000 deliver_order A26 by gateway
        > step_reached A26 step=delivered at_ms=00:25.000 source=terminal
00:25.000 divert_unit I2 U1 reason=more_urgent by D3
        > step_reached A26 step=diverted at_ms=00:25.000 source=dispatcher reason=more_urgent
        > unit_reserved A27 I2 U1 slot=65535 reason=more_urgent
        > unit_ordered A27 at_ms=00:25.000 D3
00:25.000 cancel_assignment A27 reason=other by D3
        > step_reached A27 step=cancelled at_ms=00:25.000 source=dispatcher reason=other
00:26.000 order_unit I1 U1 by D3
        > unit_reserved A28 I1 U1 slot=65535
        > unit_ordered A28 at_ms=00:26.000 D3
00:26.000 report_step A28 step=acknowledged by D3
        > step_reached A28 step=acknowledged at_ms=00:26.000 source=dispatcher
00:26.000 report_step A28 step=at_patient by D3
        > step_reached A28 step=at_patient at_ms=00:26.000 source=dispatcher
00:26.000 report_step A28 step=empty_run by D3
        > step_reached A28 step=empty_run at_ms=00:26.000 source=dispatcher
00:27.000 order_unit I1 U1 by D3
        > unit_reserved A29 I1 U1 slot=65535
        > unit_ordered A29 at_ms=00:27.000 D3
00:27.000 report_step A29 step=acknowledged by D3
        > step_reached A29 step=acknowledged at_ms=00:27.000 source=dispatcher
00:27.000 report_step A29 step=left_scene by D3
        > step_reached A29 step=left_scene at_ms=00:27.000 source=dispatcher
00:27.000 report_step A29 step=completed by D3
        > step_reached A29 step=completed at_ms=00:27.000 source=dispatcher
00:28.000 order_unit I1 U1 by D3
        > unit_reserved A30 I1 U1 slot=65535
        > unit_ordered A30 at_ms=00:28.000 D3
00:28.000 report_step A30 step=acknowledged by D3
        > step_reached A30 step=acknowledged at_ms=00:28.000 source=dispatcher
00:28.000 report_step A30 step=at_hospital by D3
        > step_reached A30 step=at_hospital at_ms=00:28.000 source=dispatcher
00:28.000 report_step A30 step=completed by D3
        > step_reached A30 step=completed at_ms=00:28.000 source=dispatcher
00:29.000 order_unit I1 U1 by D3
        > unit_reserved A31 I1 U1 slot=65535
        > unit_ordered A31 at_ms=00:29.000 D3
00:29.000 report_step A31 step=acknowledged by D3
        > step_reached A31 step=acknowledged at_ms=00:29.000 source=dispatcher
00:29.000 report_step A31 step=handed_over by D3
        > step_reached A31 step=handed_over at_ms=00:29.000 source=dispatcher
00:29.000 report_step A31 step=completed by D3
        > step_reached A31 step=completed at_ms=00:29.000 source=dispatcher
00:30.000 order_unit I1 U1 by D3
        > unit_reserved A32 I1 U1 slot=65535
        > unit_ordered A32 at_ms=00:30.000 D3
00:30.000 report_step A32 step=acknowledged by D3
        > step_reached A32 step=acknowledged at_ms=00:30.000 source=dispatcher
00:30.000 report_step A32 step=completed by D3
        > step_reached A32 step=completed at_ms=00:30.000 source=dispatcher
00:31.000 order_unit I1 U1 by D3
        > unit_reserved A33 I1 U1 slot=65535
        > unit_ordered A33 at_ms=00:31.000 D3
00:31.000 report_step A33 step=acknowledged by D3
        > step_reached A33 step=acknowledged at_ms=00:31.000 source=dispatcher
00:31.000 cancel_assignment A33 reason=other by D3
        > step_reached A33 step=cancelled at_ms=00:31.000 source=dispatcher reason=other
00:32.000 order_unit I1 U1 by D3
        > unit_reserved A34 I1 U1 slot=65535
        > unit_ordered A34 at_ms=00:32.000 D3
00:32.000 report_step A34 step=acknowledged by D3
        > step_reached A34 step=acknowledged at_ms=00:32.000 source=dispatcher
00:32.000 report_step A34 step=empty_run by D3
        > step_reached A34 step=empty_run at_ms=00:32.000 source=dispatcher
00:33.000 order_unit I1 U1 by D3
        > unit_reserved A35 I1 U1 slot=65535
        > unit_ordered A35 at_ms=00:33.000 D3
00:33.000 report_step A35 step=acknowledged by D3
        > step_reached A35 step=acknowledged at_ms=00:33.000 source=dispatcher
00:33.000 refuse_order A35 reason=other by D3
        > step_reached A35 step=refused at_ms=00:33.000 source=dispatcher reason=other
00:34.000 order_unit I1 U1 by D3
        > unit_reserved A36 I1 U1 slot=65535
        > unit_ordered A36 at_ms=00:34.000 D3
00:34.000 report_step A36 step=acknowledged by D3
        > step_reached A36 step=acknowledged at_ms=00:34.000 source=dispatcher
00:34.000 divert_unit I2 U1 reason=more_urgent by D3
        > step_reached A36 step=diverted at_ms=00:34.000 source=dispatcher reason=more_urgent
        > unit_reserved A37 I2 U1 slot=65535 reason=more_urgent
        > unit_ordered A37 at_ms=00:34.000 D3
00:34.000 cancel_assignment A37 reason=other by D3
        > step_reached A37 step=cancelled at_ms=00:34.000 source=dispatcher reason=other
00:35.000 order_unit I1 U1 by D3
        > unit_reserved A38 I1 U1 slot=65535
        > unit_ordered A38 at_ms=00:35.000 D3
00:35.000 report_step A38 step=departed by D3
        > step_reached A38 step=departed at_ms=00:35.000 source=dispatcher
00:35.000 report_step A38 step=at_hospital by D3
        > step_reached A38 step=at_hospital at_ms=00:35.000 source=dispatcher
00:35.000 report_step A38 step=completed by D3
        > step_reached A38 step=completed at_ms=00:35.000 source=dispatcher
00:36.000 order_unit I1 U1 by D3
        > unit_reserved A39 I1 U1 slot=65535
        > unit_ordered A39 at_ms=00:36.000 D3
00:36.000 report_step A39 step=departed by D3
        > step_reached A39 step=departed at_ms=00:36.000 source=dispatcher
00:36.000 report_step A39 step=handed_over by D3
        > step_reached A39 step=handed_over at_ms=00:36.000 source=dispatcher
00:36.000 report_step A39 step=completed by D3
        > step_reached A39 step=completed at_ms=00:36.000 source=dispatcher
00:37.000 order_unit I1 U1 by D3
        > unit_reserved A40 I1 U1 slot=65535
        > unit_ordered A40 at_ms=00:37.000 D3
00:37.000 report_step A40 step=departed by D3
        > step_reached A40 step=departed at_ms=00:37.000 source=dispatcher
00:37.000 report_step A40 step=completed by D3
        > step_reached A40 step=completed at_ms=00:37.000 source=dispatcher
00:38.000 order_unit I1 U1 by D3
        > unit_reserved A41 I1 U1 slot=65535
        > unit_ordered A41 at_ms=00:38.000 D3
00:38.000 report_step A41 step=departed by D3
        > step_reached A41 step=departed at_ms=00:38.000 source=dispatcher
00:38.000 cancel_assignment A41 reason=other by D3
        > step_reached A41 step=cancelled at_ms=00:38.000 source=dispatcher reason=other
00:39.000 order_unit I1 U1 by D3
        > unit_reserved A42 I1 U1 slot=65535
        > unit_ordered A42 at_ms=00:39.000 D3
00:39.000 report_step A42 step=departed by D3
        > step_reached A42 step=departed at_ms=00:39.000 source=dispatcher
00:39.000 report_step A42 step=empty_run by D3
        > step_reached A42 step=empty_run at_ms=00:39.000 source=dispatcher
00:40.000 order_unit I1 U1 by D3
        > unit_reserved A43 I1 U1 slot=65535
        > unit_ordered A43 at_ms=00:40.000 D3
00:40.000 report_step A43 step=departed by D3
        > step_reached A43 step=departed at_ms=00:40.000 source=dispatcher
00:40.000 divert_unit I2 U1 reason=more_urgent by D3
        > step_reached A43 step=diverted at_ms=00:40.000 source=dispatcher reason=more_urgent
        > unit_reserved A44 I2 U1 slot=65535 reason=more_urgent
        > unit_ordered A44 at_ms=00:40.000 D3
00:40.000 cancel_assignment A44 reason=other by D3
        > step_reached A44 step=cancelled at_ms=00:40.000 source=dispatcher reason=other
00:41.000 order_unit I1 U1 by D3
        > unit_reserved A45 I1 U1 slot=65535
        > unit_ordered A45 at_ms=00:41.000 D3
00:41.000 report_step A45 step=at_scene by D3
        > step_reached A45 step=at_scene at_ms=00:41.000 source=dispatcher
00:41.000 report_step A45 step=completed by D3
        > step_reached A45 step=completed at_ms=00:41.000 source=dispatcher
00:42.000 order_unit I1 U1 by D3
        > unit_reserved A46 I1 U1 slot=65535
        > unit_ordered A46 at_ms=00:42.000 D3
00:42.000 report_step A46 step=at_scene by D3
        > step_reached A46 step=at_scene at_ms=00:42.000 source=dispatcher
00:42.000 report_step A46 step=empty_run by D3
        > step_reached A46 step=empty_run at_ms=00:42.000 source=dispatcher
