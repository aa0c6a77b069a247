# decide_moves.c: What a stand-by is worth does not depend on how far the unit drives there.
s/stay_s \/ \(stay_s \+ drive_s\)/stay_s \/ (stay_s + 0 * drive_s)/
