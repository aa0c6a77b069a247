# The city's registry: defined again is changed; codes and phones name one thing only.
policy limits.text_bytes=100
00:00.000 define_station S1 code=S-1 name="大武口急救站" at=39.0190,106.3760 by operator
        > station_defined S1 code=S-1 name=大武口急救站 at=39.0190000,106.3760000
00:00.000 define_station S1 code=S-1 name="大武口中心站" substation at=39.0191,106.3761 by operator
        > station_defined S1 code=S-1 name=大武口中心站 substation at=39.0191000,106.3761000
00:00.000 define_station S1 code=S-1 name="大武口中心站" substation at=39.0191,106.3761 by operator
00:00.000 define_station S2 code=S-1 at=39.0190,106.3760 by operator
        > refused code_taken
00:00.000 define_station code=S-0 at=39.0190,106.3760 by operator
        > refused bad_id
00:00.000 define_station S2 code=S-2 at=99.0,106.3760 by operator
        > refused bad_place
00:00.000 define_station S2 code=S-2 name="这是一个长得不像话的名字，这是一个长得不像话的名字，这是一个长得不像话的名字" at=39.0,106.0 by operator
        > refused too_long
00:00.000 define_hospital H1 code=H-1 at=99.0,106.0 by operator
        > refused bad_place
00:00.000 define_hospital H1 code=H-1 at=39.0,106.0 by operator
        > hospital_defined H1 code=H-1 at=39.0000000,106.0000000
00:00.000 define_unit U1 code=U-1 S1 by operator
        > unit_defined U1 code=U-1 S1
00:00.000 define_unit U1 code=U-1 S1 by operator
00:00.000 define_unit U2 code=U-2 S9 by operator
        > refused no_station
00:00.000 define_terminal T1 phone=13300000001 U1 by operator
        > terminal_defined T1 phone=13300000001 U1
00:00.000 define_terminal T2 phone=13300000001 U1 by operator
        > refused code_taken
00:00.000 define_terminal T2 phone=13300000002 U9 by operator
        > refused no_unit
00:00.000 define_zone Z1 code=Z-1 kind=school kind_mask=16 grade_floor=6 by operator
        > refused bad_value
00:00.000 define_zone Z1 code=Z-1 kind=school kind_mask=16 grade_floor=3 by operator
        > zone_defined Z1 code=Z-1 kind=school kind_mask=16 grade_floor=3
00:00.000 define_station S3 code=S-3 at=39.0,106.0 by D3
        > refused not_allowed
