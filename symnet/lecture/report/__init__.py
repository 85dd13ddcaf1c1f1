"""What is made of a report: text for a terminal, JUnit and SARIF for machines, a page for a reader."""
