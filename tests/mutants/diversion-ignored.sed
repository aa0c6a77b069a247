# hospital_choice.c: A hospital on diversion is as good as any.
s/diverts = way->status == HOSPITAL_DIVERT;/diverts = way->status == HOSPITAL_CLOSED;/
