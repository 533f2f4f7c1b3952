-- A retry of a failed trial whose key another trial leads by now follows that one.
INSERT INTO "trial_transition" ("from", "to") VALUES ('FAILED', 'PENDING');
