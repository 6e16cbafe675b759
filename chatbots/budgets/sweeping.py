"""Counts of budgets whose day and month are long over are deleted at night."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from chatbots.budgets.counting import forget_old_counts


@db_periodic_task(crontab(hour="3", minute="17"))  # type: ignore[untyped-decorator]
def forget_old_counts_each_night() -> None:
    forget_old_counts()
