# A hospital says for itself how full it is.
after town.setup
00:00.000 set_hospital_status H1 status=open beds_free=12 handover_wait_s=300 by hospital D8 of H1
        > hospital_status_set H1 status=open beds_free=12 handover_wait_s=300
00:10.000 set_hospital_status H1 status=divert beds_free=0 handover_wait_s=2400 by hospital D8 of H1
        > hospital_status_set H1 status=divert handover_wait_s=2400
00:11.000 set_hospital_status H2 status=closed by hospital D8 of H1
        > refused not_yours
00:12.000 set_hospital_status H9 status=open by D3
        > refused no_hospital
00:13.000 set_hospital_status H2 status=busy handover_wait_s=900 by D3
        > hospital_status_set H2 status=busy handover_wait_s=900
00:14.000 set_hospital_status H2 status=busy by crew D20 of U1
        > refused not_allowed
