Ann writes "Out of office: your newsletter"
    + Auto-Submitted: auto-replied
    I am away.
filed
nobody gets anything
there are 0 tickets
