# decide_incident.c: A dispatcher lowers a grade without a proposal.
s/if \(down && !confirmed &&/if (down \&\& !confirmed \&\& !down \&\&/
