# decide.c: The last command of a client, sent again, is done again.
s/\|\| number > client->number/|| number >= client->number/
