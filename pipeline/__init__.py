"""The line itself, in the order the data flow: from a camera's packets to an alert on disk."""
