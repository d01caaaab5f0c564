"""What kdoctor adds where it is called from a notebook: it looks at the kernel, reads the notebook, shows a card."""
