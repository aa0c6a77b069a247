-- What the reports of a large centre look up by time.
create index assignment_reserved on assignment (reserved_at);
create index task_opened on task (opened_at);
create index fact_reviewed_at on fact (at_ms(at_ms)) where kind = 'card_reviewed';
