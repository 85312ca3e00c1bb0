"""Files that are whole or not there, whoever writes them and whatever happens meanwhile."""
