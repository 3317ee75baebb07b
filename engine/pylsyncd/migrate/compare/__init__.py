"""`pylsyncd compare`: Lsyncd and pylsyncd side by side, and what differs in the processes they start."""
