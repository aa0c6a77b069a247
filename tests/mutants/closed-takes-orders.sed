# decide.c: Units are sent to a closed incident.
s/if \(found->state != INCIDENT_OPEN\)/if (found->state == INCIDENT_NONE)/
