"""Taking an archive in: `archive` reads and checks it, `arrival` puts what is new beside what is there."""
