var b=this,p=b.parentNode.querySelector('pre'),s=getSelection(),r=document.createRange(),ok=false;
var d=function(){b.setAttribute('data-copied','');b.setAttribute('aria-label','Copied');
setTimeout(function(){b.removeAttribute('data-copied');b.setAttribute('aria-label','Copy these lines')},2000)};
r.selectNodeContents(p);s.removeAllRanges();s.addRange(r);
try{ok=document.execCommand('copy')}catch(e){}
if(ok){d()}else if(navigator.clipboard){navigator.clipboard.writeText(p.textContent).then(d,function(){})}
return false
