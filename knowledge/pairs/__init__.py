"""Models that read a question and a passage together; off unless a deployer names one."""
