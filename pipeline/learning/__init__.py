"""Learning a camera's normal on site: warm-up, slow adaptation, its guard, and versions of it."""

from pipeline.learning.learner import Learner, LearnerSettings
from pipeline.learning.news import News

__all__ = ["Learner", "LearnerSettings", "News"]
