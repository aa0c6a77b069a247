# Words to a crew and back; delivered is what the device says.
after town.setup
00:00.000 send_message U1 words="请从北门进入" by D3
        > message_sent M1 U1 D3 words=请从北门进入
00:01.000 deliver_message M1 by gateway
        > message_delivered M1 at_ms=00:01.000
00:02.000 deliver_message M1 by gateway
00:03.000 deliver_message M9 by gateway
        > refused no_message
00:03.000 deliver_message M1 at_ms=30:00.000 by gateway
        > refused bad_time
00:10.000 send_message U1 words="北门锁着" by crew D20 of U1
        > message_sent M2 U1 D20 to_desk words=北门锁着
00:11.000 send_message U2 words="不是我的车" by crew D20 of U1
        > refused not_yours
00:12.000 send_message U9 words="谁" by D3
        > refused no_unit
00:13.000 send_message U1 by D3
        > refused bad_value
00:14.000 send_message U1 words="医院不在此列" by hospital D8 of H1
        > refused not_allowed
        > 24:00:00.000 message_archived M1
        > 24:00:10.000 message_archived M2
25:00:00.000 wait
