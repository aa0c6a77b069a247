# Who came, who looked, what was denied: facts as well.
after town.setup
00:00.000 boot version=0.1.0 clean by machine
        > booted version=0.1.0 clean
00:01.000 sign_in name=wang by D3 seat=2
        > signed_in D3 role=dispatcher seat=2 name=wang
00:02.000 sign_in name=li by crew D20 of U1
        > signed_in D20 role=crew name=li
00:03.000 open_incident words="大武口" by D3
        > incident_opened I1 at_ms=00:03.000 owner=D3
        > incident_placed I1 words=大武口
        > incident_described I1
00:04.000 open_record I1 cause="质控" by supervisor D9
        > record_opened I1 D9 cause=质控
00:05.000 open_record I9 cause="质控" by supervisor D9
        > refused no_incident
00:06.000 export what=incidents rows=120 cause="月报" by supervisor D9
        > exported what=incidents rows=120 D9 cause=月报
00:07.000 export by supervisor D9
        > refused bad_value
00:08.000 deny command=12 D3 cause="not signed in" by machine
        > command_denied command=12 D3 cause="not signed in"
00:09.000 sign_out by D3 seat=2
        > signed_out D3 seat=2

# Roles by allow-list; a crew speaks for its own incident.
00:10.000 open_incident by crew D20 of U1
        > refused not_allowed
00:11.000 order_unit I1 U1 by hospital D8 of H1
        > refused not_allowed
00:12.000 tick by D3
        > refused not_allowed
00:13.000 tick by machine
00:14.000 add_note I1 words="不是我的" by crew D20 of U1
        > refused not_yours
00:15.000 add_note I9 words="没有" by D3
        > refused no_incident
00:16.000 add_note I1 by D3
        > refused bad_value
00:17.000 order_unit I1 U1 by D3
        > unit_reserved A1 I1 U1 slot=65535
        > unit_ordered A1 at_ms=00:17.000 D3
00:18.000 add_note I1 words="到门口了" by crew D20 of U1
        > note_added I1 D20 words=到门口了
00:19.000 report_step A1 step=departed by hospital D8 of H1
        > refused not_allowed
