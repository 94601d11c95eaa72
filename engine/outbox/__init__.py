"""What must reach somebody outside: told from what stands in their inbox, delivered by jobs (decision 17).

*The store is the outbox.* What somebody is told is written with what it reports
(``engine.notifications.service.notify``), with one job per way; what an inbox shows anyway is followed up
from there (``following``), so that a message never says what the inbox does not, and nothing that is over.
A job begins its effect right before the other side could do anything (``smtp``): whoever is lost after that
leaves it ``unknown``, and no message goes out twice unsaid.
"""
