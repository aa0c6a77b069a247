# No room for words: new ones are refused, steps and ends are not, and then there is room again.
limits text=480
00:00.000 define_unit U1 code=U-1 by operator
        > unit_defined U1 code=U-1
00:00.000 set_duty U1 duty=on by gateway
        > duty_set U1 duty=on
00:01.000 open_incident words="这是一段很长的地址，长到几乎占满了全部的文字空间，因为报警人说得非常详细，一直说到单元、楼层、门牌和电梯的位置" complaint="摔伤" by D3
        > incident_opened I1 at_ms=00:01.000 owner=D3
        > incident_placed I1 words=这是一段很长的地址，长到几乎占满了全部的文字空间，因为报警人说得非常详细，一直说到单元、楼层、门牌和电梯的位置
        > incident_described I1 complaint=摔伤
00:02.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1 slot=65535
        > unit_ordered A1 at_ms=00:02.000 D3
00:03.000 open_incident words="这是另一段很长的地址，长到几乎占满了全部的文字空间，因为报警人说得非常详细，一直说到单元、楼层、门牌和电梯的位置" complaint="摔伤" by D3
        > incident_opened I2 at_ms=00:03.000 owner=D3
        > incident_placed I2 words=这是另一段很长的地址，长到几乎占满了全部的文字空间，因为报警人说得非常详细，一直说到单元、楼层、门牌和电梯的位置
        > incident_described I2 complaint=摔伤
00:04.000 open_incident words="这是第三段很长的地址，长到几乎占满了全部的文字空间，因为报警人说得非常详细，一直说到单元、楼层、门牌和电梯的位置" complaint="摔伤" by D3
        > refused full
00:05.000 place_incident I2 words="短" by D3
        > incident_placed I2 words=短
00:06.000 open_incident words="这是第三段很长的地址，长到几乎占满了全部的文字空间，因为报警人说得非常详细，一直说到单元、楼层、门牌和电梯的位置" complaint="摔伤" by D3
        > incident_opened I3 at_ms=00:06.000 owner=D3
        > incident_placed I3 words=这是第三段很长的地址，长到几乎占满了全部的文字空间，因为报警人说得非常详细，一直说到单元、楼层、门牌和电梯的位置
        > incident_described I3 complaint=摔伤
00:07.000 report_step A1 step=completed by D3
        > step_reached A1 step=completed at_ms=00:07.000 source=dispatcher
00:08.000 close_incident I1 outcome=treated by D3 client=1 number=1
        > incident_closed I1 outcome=treated at_ms=00:08.000
        > 01:03.000 alert_raised W1 detector=ungraded level=orange I2 since_ms=00:03.000
        > 01:06.000 alert_raised W2 detector=ungraded level=orange I3 since_ms=00:06.000
        > 01:33.000 alert_raised W3 detector=unassigned level=red I2 since_ms=00:03.000
        > 01:36.000 alert_raised W4 detector=unassigned level=red I3 since_ms=00:06.000
        > 24:00:08.000 incident_archived I1
24:10:00.000 open_incident words="这是第三段很长的地址，长到几乎占满了全部的文字空间，因为报警人说得非常详细，一直说到单元、楼层、门牌和电梯的位置" complaint="摔伤" by D3
        > incident_opened I4 at_ms=24:10:00.000 owner=D3
        > incident_placed I4 words=这是第三段很长的地址，长到几乎占满了全部的文字空间，因为报警人说得非常详细，一直说到单元、楼层、门牌和电梯的位置
        > incident_described I4 complaint=摔伤
